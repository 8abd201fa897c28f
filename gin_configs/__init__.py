"""Configuration files: What users write on the command line."""
