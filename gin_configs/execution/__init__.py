"""Configuration files: Where studies are computed, one for each kind of site."""
