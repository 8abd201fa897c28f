"""Configuration files: Data sets."""
