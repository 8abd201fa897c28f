"""Configuration files: Objectives."""
