"""Tests of pos_loyalty/cli."""
