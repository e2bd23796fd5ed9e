"""Widgets: they are given rows, draw them and post messages; they fetch nothing and know no service."""
