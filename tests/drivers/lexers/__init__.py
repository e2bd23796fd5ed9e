"""Tests of ``drivers.lexers``."""
