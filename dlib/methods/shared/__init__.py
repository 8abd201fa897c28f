"""What all methods share: architectures, losses, densities, optimizers."""
