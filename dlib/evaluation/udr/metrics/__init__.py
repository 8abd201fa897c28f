"""The score of the unsupervised disentanglement ranking."""
