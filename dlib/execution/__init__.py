"""Running jobs: in this process, on this machine, on a cluster."""
