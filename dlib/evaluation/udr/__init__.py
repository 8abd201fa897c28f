"""Model selection without labels: the unsupervised disentanglement ranking."""
