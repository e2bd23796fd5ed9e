"""Tests of ``drivers.codes``."""
