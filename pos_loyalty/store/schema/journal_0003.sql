-- What the hub said of each event, and what this till knows of the hub.
DROP INDEX event_waiting;
ALTER TABLE event RENAME COLUMN acknowledged_at TO hub_ms;
ALTER TABLE event ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN partition INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN code TEXT;
ALTER TABLE event ADD COLUMN known_as TEXT;
UPDATE event SET
    state = hub_ms IS NOT NULL,
    partition = json_extract(CAST(envelope AS TEXT), '$.part') * 64 / 1024;  -- pos_loyalty.core.feed.partition_of
CREATE INDEX event_waiting ON event (member_id, seq) WHERE state = 0;
CREATE INDEX event_in_turn ON event (seq) WHERE state = 0;
CREATE INDEX event_aside ON event (seq) WHERE state = 2;
CREATE INDEX event_settling ON event (partition, number, member_id) WHERE state = 1;

ALTER TABLE terminal ADD COLUMN epoch TEXT NOT NULL DEFAULT '';
ALTER TABLE terminal ADD COLUMN seen_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE terminal ADD COLUMN ahead_ms INTEGER NOT NULL DEFAULT 0;

CREATE TABLE event_count (
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (key, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO event_count (key, seq, amount)
SELECT json_extract(counted.value, '$.key'), seq, sum(json_extract(counted.value, '$.amount'))
FROM event, json_each(CAST(envelope AS TEXT), '$.body.counts') AS counted
WHERE json_extract(counted.value, '$.scope') <> 'member'  -- which is left out where it is meant
GROUP BY 1, 2;
