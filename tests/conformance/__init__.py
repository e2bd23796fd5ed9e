"""One meaning for every implementation of a port."""
