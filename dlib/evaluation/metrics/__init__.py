"""Disentanglement metrics, one a file; numpy only."""
