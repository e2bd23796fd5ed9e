"""Tests of ``drivers.transports``."""
