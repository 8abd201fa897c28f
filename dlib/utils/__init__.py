"""Configuration, result files, and the command line's edges."""
