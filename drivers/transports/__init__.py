"""The kinds of readers: each brings a port and a lexer together (``drivers.transport`` is the contract)."""
