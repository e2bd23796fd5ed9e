"""Where the till keeps what it knows (the replica) and what it did (the journal)."""
