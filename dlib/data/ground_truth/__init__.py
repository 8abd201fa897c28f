"""Data sets with ground-truth factors, one family a file."""
