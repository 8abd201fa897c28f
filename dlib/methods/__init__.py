"""Models: encoders, objectives, decoders, and their training."""
