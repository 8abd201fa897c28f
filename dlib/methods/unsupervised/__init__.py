"""Unsupervised objectives, one a file, and the training loop."""
