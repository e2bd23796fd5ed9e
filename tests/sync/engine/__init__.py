"""Tests of the line of the till."""
