"""One file per command: its flags, and the one library call that it makes."""
