"""Networks, their training, and their filters as points."""
