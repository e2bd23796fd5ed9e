"""Tests of the linter, one file for each theme."""
