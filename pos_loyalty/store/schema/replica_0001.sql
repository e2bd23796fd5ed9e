-- What the hub sent down. Written once under another name, then only read. See docs/reference/schema.md.
PRAGMA application_id = 1347375954;  -- "POSR"

CREATE TABLE contents (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    members INTEGER NOT NULL
) STRICT;

CREATE TABLE member (
    row INTEGER NOT NULL PRIMARY KEY,
    member_id TEXT NOT NULL,
    document BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX member_by_id ON member (member_id);

CREATE TABLE identifier (
    code TEXT NOT NULL,
    member_row INTEGER NOT NULL,
    PRIMARY KEY (code, member_row)
) STRICT, WITHOUT ROWID;

CREATE TABLE phone (
    digits TEXT NOT NULL,
    member_row INTEGER NOT NULL,
    PRIMARY KEY (digits, member_row)
) STRICT, WITHOUT ROWID;

-- Words come folded and apart by spaces, so the plainest tokenizer is the right one: it splits at ASCII only.
CREATE VIRTUAL TABLE name_index USING fts5 (
    words, content='', columnsize=0, detail=none, prefix='1 2 3', tokenize='ascii'
);

CREATE TABLE product (
    product_id TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL
) STRICT;

CREATE TABLE product_code (
    code TEXT NOT NULL,
    product_id TEXT NOT NULL,
    PRIMARY KEY (code, product_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE program (
    program_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (program_id, version)
) STRICT, WITHOUT ROWID;
