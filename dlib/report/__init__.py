"""The tables and figures of the paper, from the results of runs."""
