"""Studies as data."""
