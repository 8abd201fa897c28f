"""Configuration files: scores on fixed labelled points."""
