-- Everything a hub keeps.
-- oldest program: 1
--
-- Texts are compared byte by byte (COLLATE "C"), as the other stores do. Documents are bytes, kept as they came.
-- partition leads every key of what a member has, so that the tables can be spread over servers by it.

CREATE TABLE epoch (
    rank integer PRIMARY KEY,
    name text NOT NULL,
    since bytea NOT NULL
);

CREATE TABLE terminal (
    terminal_id text COLLATE "C" PRIMARY KEY,
    document bytea
);
COMMENT ON COLUMN terminal.document IS 'NULL: a step keeps the name from others, and nobody has it yet';

-- Written by every step: room on each page keeps its new versions beside the old ones.
CREATE TABLE counter (
    partition smallint PRIMARY KEY,
    number bigint NOT NULL DEFAULT 0,
    checksum bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- All there are, so that there is always a row to lock.
INSERT INTO counter (partition) SELECT generate_series(0, 64);

-- The log. An id, and a number of a terminal, are there once in the whole log.
CREATE TABLE event (
    partition smallint NOT NULL,
    number bigint NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    terminal_id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    digest bytea NOT NULL,
    received_ms bigint NOT NULL,
    envelope bytea NOT NULL,
    PRIMARY KEY (partition, number)
) WITH (autovacuum_analyze_scale_factor = 0.02);
CREATE UNIQUE INDEX event_by_id ON event (event_id);
CREATE UNIQUE INDEX event_of_terminal ON event (terminal_id, seq);

CREATE TABLE place (
    partition smallint NOT NULL,
    number bigint NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (partition, number)
) WITH (autovacuum_analyze_scale_factor = 0.02);

CREATE TABLE feed_row (
    partition smallint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    document bytea,
    PRIMARY KEY (partition, kind, key)
) WITH (fillfactor = 80, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX feed_row_at ON feed_row (partition, number);

-- book is made of a digest of the member and one of the unit: their names can be longer than an index takes (2,704
-- bytes), and the books of a member are found by the first half.
CREATE TABLE record (
    partition smallint NOT NULL,
    book bytea NOT NULL,
    kind text COLLATE "C" NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    rank bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    member_id text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    cause text COLLATE "C" NOT NULL,
    open boolean NOT NULL,
    due integer NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (partition, book, kind, record_id)
) WITH (fillfactor = 80, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX record_open ON record (partition, book) WHERE open;
CREATE INDEX record_caused ON record (partition, book, cause) WHERE cause <> '';
CREATE INDEX record_due ON record (kind, due) WHERE due > 0;

CREATE TABLE transfer (
    partition smallint NOT NULL,
    transfer_id text COLLATE "C" NOT NULL,
    book bytea NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (partition, transfer_id)
) WITH (autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX transfer_of_book ON transfer (partition, book);

-- What was put aside may say anything: its id, of any length and with any character, is bytes, found by a digest.
CREATE TABLE aside (
    rank bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    brought_by text COLLATE "C" NOT NULL,
    event_key bytea NOT NULL,
    event_id bytea NOT NULL,
    digest bytea NOT NULL,
    holds_seq bigint NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    received_ms bigint NOT NULL,
    envelope bytea NOT NULL,
    UNIQUE (brought_by, event_key, digest)
);
CREATE INDEX aside_of_terminal ON aside (brought_by, holds_seq) WHERE holds_seq <> 0;

CREATE TABLE loss (
    rank bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    event_id text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    amount bigint NOT NULL,
    terminal_id text COLLATE "C" NOT NULL
);

CREATE TABLE memo (
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    document bytea,
    PRIMARY KEY (kind, key)
);
COMMENT ON COLUMN memo.document IS 'NULL: a step keeps the key from others, and there is nothing under it yet';
