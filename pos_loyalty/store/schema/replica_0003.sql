-- Rows of the feed one by one. What was there before belongs to no partition (65) and goes with the first whole pull.
UPDATE voucher SET document = CAST(json_set(
    CAST(document AS TEXT), '$.applied', json(CAST((SELECT applied FROM contents) AS TEXT))
) AS BLOB) WHERE (SELECT applied FROM contents) <> x'7B7D';
ALTER TABLE contents DROP COLUMN applied;
ALTER TABLE contents ADD COLUMN epoch TEXT NOT NULL DEFAULT '';
ALTER TABLE contents ADD COLUMN fresh_ms INTEGER;

CREATE TABLE place (
    partition INTEGER NOT NULL PRIMARY KEY,
    number INTEGER,
    checksum INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    anew INTEGER NOT NULL,
    whole INTEGER NOT NULL
) STRICT;

ALTER TABLE member ADD COLUMN partition INTEGER NOT NULL DEFAULT 65;
ALTER TABLE member ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN found_by BLOB;
CREATE INDEX member_by_place ON member (partition, generation);

ALTER TABLE product ADD COLUMN partition INTEGER NOT NULL DEFAULT 65;
ALTER TABLE product ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE product ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE product ADD COLUMN found_by BLOB;
CREATE INDEX product_by_place ON product (partition, generation);

ALTER TABLE voucher ADD COLUMN partition INTEGER NOT NULL DEFAULT 65;
ALTER TABLE voucher ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE voucher ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
CREATE INDEX voucher_by_place ON voucher (partition, generation);

CREATE TABLE stamped_program (
    key TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL,
    partition INTEGER NOT NULL DEFAULT 65,
    number INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO stamped_program (key, document) SELECT program_id || '@' || version, document FROM program;
DROP TABLE program;
ALTER TABLE stamped_program RENAME TO program;
CREATE INDEX program_by_place ON program (partition, generation);

CREATE TABLE usage (
    key TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL,
    partition INTEGER NOT NULL DEFAULT 65,
    number INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_place ON usage (partition, generation);
