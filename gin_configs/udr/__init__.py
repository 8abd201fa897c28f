"""Configuration files: rankings of models without labels."""
