"""Scores on fixed labelled points, for model selection."""
