"""The proof, laid out like the source."""
