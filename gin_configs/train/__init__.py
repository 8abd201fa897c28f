"""Configuration files: Optimizers, batch sizes, callbacks."""
