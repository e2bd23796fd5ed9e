"""Screens: the counter, which never leaves, and the pages that lie on top of it for a moment."""
