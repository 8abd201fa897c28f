"""Scores of representations."""
