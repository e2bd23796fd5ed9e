"""What a connection is set to before the first step on it."""

from contextlib import closing

from sync.hub.postgres.connections import Connections


def test_documents_are_packed_by_lz4_where_the_server_can(dsn: str) -> None:
    """A step packs large documents the cheaper way if the server was built with it, else as the server does."""
    with closing(Connections(dsn, 1)) as connections, connections.one() as connection:
        found = connection.execute(
            "SELECT setting, reset_val, 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
        ).fetchone()
    assert found
    setting, given, has_lz4 = found
    assert setting == ("lz4" if has_lz4 else given)
