"""Configuration files: Representations."""
