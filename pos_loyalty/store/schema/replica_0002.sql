-- Vouchers that may be brought by their code, and how much of each terminal's journal is in them.
ALTER TABLE contents ADD COLUMN applied BLOB NOT NULL DEFAULT x'7B7D';  -- {}

CREATE TABLE voucher (
    code TEXT NOT NULL PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;
