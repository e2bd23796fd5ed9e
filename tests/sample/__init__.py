"""Tests of pos_loyalty/sample."""
