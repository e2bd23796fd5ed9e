"""Readers, tested on real pseudo-terminals; the pure files from bytes alone."""
