"""Configuration files: Encoders and decoders."""
