"""The till's side of the wire, over real sockets."""
