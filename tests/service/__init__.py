"""Tests of the till service, through its real socket where that matters."""
