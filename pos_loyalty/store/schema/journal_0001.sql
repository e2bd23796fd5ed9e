-- Each logical fact of this till lives here and only here. See docs/reference/schema.md.
PRAGMA application_id = 1347375946;  -- "POSJ"

CREATE TABLE terminal (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    terminal_id TEXT NOT NULL,
    session BLOB
) STRICT;

CREATE TABLE event (
    seq INTEGER NOT NULL PRIMARY KEY,
    event_id TEXT NOT NULL,
    member_id TEXT,
    type TEXT NOT NULL,
    acknowledged_at INTEGER,
    envelope BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_by_id ON event (event_id);
CREATE INDEX event_waiting ON event (member_id, seq) WHERE acknowledged_at IS NULL;

CREATE TABLE basket (
    basket_id TEXT NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    live INTEGER NOT NULL,
    opened_at TEXT NOT NULL,
    document BLOB NOT NULL
) STRICT;
CREATE INDEX basket_live ON basket (opened_at, basket_id) WHERE live = 1;

CREATE TABLE answer (
    key TEXT NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
