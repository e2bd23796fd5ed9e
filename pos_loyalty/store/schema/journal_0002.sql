-- What was used of limits, and which events are about which voucher or sale.
CREATE TABLE counter (
    key TEXT NOT NULL PRIMARY KEY,
    amount INTEGER NOT NULL,
    until TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE event_subject (
    subject TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (subject, seq)
) STRICT, WITHOUT ROWID;

-- Version 1 knew of no vouchers, but it undid sales.
INSERT INTO event_subject (subject, seq)
SELECT sale, seq FROM (
    SELECT json_extract(CAST(envelope AS TEXT), '$.body.sale_event_id') AS sale, seq
    FROM event WHERE type = 'basket.voided'
) WHERE sale IS NOT NULL;
