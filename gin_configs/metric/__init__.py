"""Configuration files: Metrics."""
