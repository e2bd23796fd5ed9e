"""Tests of ``drivers.ports``."""
