"""Configuration files: trainings that are tracked."""
