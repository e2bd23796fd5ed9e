"""Damaged bytes at every lexer and decoder."""
