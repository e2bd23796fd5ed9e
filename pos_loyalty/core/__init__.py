"""The rules of the shop, pure: no clock, no disk, no network, no randomness.

Clock, identifiers and bytes come in as arguments; everything here is frozen data and functions of it.
"""
