"""Member cards: what was printed is read back, and measured."""
