-- Vouchers in the order in which they came. Codes have none, so a tree by code was rewritten by every page of the feed,
-- documents and all; now only its index is.
CREATE TABLE voucher_in_turn (
    code TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL,
    partition INTEGER NOT NULL DEFAULT 65,
    number INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO voucher_in_turn (code, document, partition, number, generation)
    SELECT code, document, partition, number, generation FROM voucher;
DROP TABLE voucher;
ALTER TABLE voucher_in_turn RENAME TO voucher;
CREATE INDEX voucher_by_place ON voucher (partition, generation);
