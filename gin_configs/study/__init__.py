"""Configuration files: the models that studies vary."""
