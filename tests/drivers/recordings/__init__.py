"""Tests of ``drivers.recordings``."""
