"""The annealing test: at which pressure information freezes, and which pressures separate it."""
