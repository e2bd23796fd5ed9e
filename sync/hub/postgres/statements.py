"""The statements of the hub on PostgreSQL. The order of their columns is that of ``sync.hub.columns``.

Each is by a key. Of what a member has, ``partition`` is in the condition, so the same statements run where the tables
are spread over servers by it; only an event's id and a terminal's number are looked for in the whole log.
"""

from typing import Final

BEGIN_STEP: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""The locks order the steps. Under REPEATABLE READ whoever waited for one would fail with 40001 instead of going on."""
BEGIN_READING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
COMMIT: Final = "COMMIT"

EPOCHS: Final = "SELECT name, since FROM epoch ORDER BY rank"
COUNTERS: Final = "SELECT partition, number, checksum FROM counter WHERE number > 0"
TERMINAL: Final = "SELECT document FROM terminal WHERE terminal_id = %(terminal_id)s AND document IS NOT NULL"
TERMINALS: Final = "SELECT document FROM terminal WHERE document IS NOT NULL ORDER BY terminal_id"
_ROW: Final = "SELECT kind, key, partition, number, document FROM feed_row"
ROWS_ABOVE: Final = """\
SELECT kind, key, wanted.partition, number, document
FROM (
    SELECT partition, above FROM unnest(%(partitions)s::smallint[], %(numbers)s::bigint[]) AS each (partition, above)
    ORDER BY partition
) AS wanted
CROSS JOIN LATERAL (
    SELECT kind, key, number, document FROM feed_row WHERE partition = wanted.partition AND number > above
    ORDER BY number, kind, key LIMIT (SELECT %(limit)s::bigint)
) AS newer
ORDER BY wanted.partition, number, kind, key LIMIT %(limit)s"""
"""The partitions come in their order and the rows of each by an index, so about as many are read as fit. Of a limit
that it can see the planner makes a sort of each whole partition."""
ROWS_OF: Final = (
    f"{_ROW} WHERE partition = ANY(%(partitions)s) AND kind = %(kind)s AND document IS NOT NULL ORDER BY key"
)
NAMED: Final = f"""\
{_ROW} JOIN name USING (partition)
WHERE name.code = %(code)s AND kind = 'member' AND key = name.member_id AND document IS NOT NULL
UNION ALL
{_ROW} WHERE partition = %(partition)s AND kind = 'voucher' AND key = %(code)s AND document IS NOT NULL
ORDER BY kind, key"""
SCOPES: Final = "SELECT DISTINCT scope FROM scope_sum ORDER BY scope"
SCOPE_SUMS: Final = """\
SELECT scope, partition, checksum FROM scope_sum
WHERE partition = ANY(%(partitions)s) AND scope = ANY(%(scopes)s)"""
_SCOPE_ROW: Final = "SELECT partition, kind, key, scope, number, there, due FROM scope_row"
SCOPE_ROWS_ABOVE: Final = """\
SELECT kind, key, partition, scoped.number, CASE WHEN there THEN document END
FROM (
    SELECT wanted.partition, kind, key, number, there
    FROM (
        SELECT partition, above
        FROM unnest(%(partitions)s::smallint[], %(numbers)s::bigint[]) AS each (partition, above) ORDER BY partition
    ) AS wanted
    CROSS JOIN LATERAL (
        (SELECT kind, key, number, there FROM scope_row
         WHERE partition = wanted.partition AND scope = %(scope)s AND number > above
         ORDER BY number, kind, key LIMIT (SELECT %(limit)s::bigint))
        UNION ALL
        (SELECT kind, key, number, there FROM scope_row
         WHERE partition = wanted.partition AND scope = %(shared)s AND number > above
         ORDER BY number, kind, key LIMIT (SELECT %(limit)s::bigint))
        ORDER BY number, kind, key
    ) AS newer
    ORDER BY wanted.partition, number, kind, key LIMIT %(limit)s
) AS scoped JOIN feed_row USING (partition, kind, key)
ORDER BY partition, scoped.number, kind, key"""
"""As of all rows."""
MEMBERSHIPS: Final = f"""\
{_SCOPE_ROW}
JOIN unnest(%(partitions)s::smallint[], %(kinds)s::text[], %(keys)s::text[]) AS wanted (partition, kind, key)
USING (partition, kind, key)"""
MEMBERSHIPS_DUE: Final = f"""\
{_SCOPE_ROW} WHERE partition = %(partition)s AND kind = %(kind)s AND due > 0 AND due <= %(day)s LIMIT %(limit)s"""
PLACES: Final = "SELECT partition, number, event_id FROM place ORDER BY partition, number"
_EVENT: Final = "SELECT event_id, terminal_id, seq, partition, number, digest, received_ms, envelope FROM event"
LOG: Final = f"{_EVENT} ORDER BY partition, number"
LOG_ABOVE: Final = f"{_EVENT} WHERE partition = %(partition)s AND number > %(above)s ORDER BY number LIMIT %(limit)s"
BOOKS: Final = "SELECT DISTINCT member_id, unit FROM record ORDER BY member_id, unit"
BOOKS_OF: Final = """\
SELECT DISTINCT member_id, unit FROM record
WHERE partition = %(partition)s AND book BETWEEN %(first)s AND %(last)s ORDER BY unit"""
DUE: Final = """\
SELECT DISTINCT member_id, unit FROM record
WHERE kind = %(kind)s AND due > 0 AND due <= %(day)s AND (member_id, unit) > (%(member_id)s, %(unit)s)
ORDER BY member_id, unit LIMIT %(limit)s"""
_RECORD: Final = "SELECT rank, member_id, unit, record.kind, record.record_id, cause, open, due, document FROM record"
RECORDS_OF: Final = f"{_RECORD} WHERE partition = %(partition)s AND book = %(book)s ORDER BY rank"
POSTINGS_OF: Final = "SELECT document FROM transfer WHERE partition = %(partition)s AND book = %(book)s"
QUARANTINE: Final = (
    "SELECT rank, brought_by, event_id, digest, holds_seq, code, reason, received_ms, envelope FROM aside ORDER BY rank"
)
LOSSES: Final = "SELECT rank, event_id, code, kind, amount, terminal_id FROM loss ORDER BY rank"
MEMO: Final = "SELECT kind, key, document FROM memo WHERE kind = %(kind)s AND key = %(key)s AND document IS NOT NULL"
MEMOS: Final = "SELECT kind, key, document FROM memo WHERE kind = %(kind)s AND document IS NOT NULL ORDER BY key"

OWN: Final = "SELECT document FROM terminal WHERE terminal_id = %(terminal_id)s FOR UPDATE"
TAKE_NAME: Final = "INSERT INTO terminal (terminal_id) VALUES (%(terminal_id)s) ON CONFLICT DO NOTHING RETURNING true"
LEAVE_NAME: Final = "DELETE FROM terminal WHERE terminal_id = %(terminal_id)s AND document IS NULL"
OWN_MEMO: Final = "SELECT document FROM memo WHERE kind = %(kind)s AND key = %(key)s FOR UPDATE"
TAKE_KEY: Final = "INSERT INTO memo (kind, key) VALUES (%(kind)s, %(key)s) ON CONFLICT DO NOTHING RETURNING true"
LEAVE_KEY: Final = "DELETE FROM memo WHERE kind = %(kind)s AND key = %(key)s AND document IS NULL"
LOCK: Final = """\
SELECT partition, number, checksum FROM counter WHERE partition = ANY(%(partitions)b) ORDER BY partition FOR UPDATE"""
"""The rows are locked as they come out of the sorting: in ascending order."""
FOUND: Final = "SELECT event_id, digest, number FROM event WHERE event_id = ANY(%(event_ids)b)"
HAS_ASIDE: Final = "SELECT EXISTS (SELECT FROM aside WHERE brought_by = %(brought_by)s)"
ASIDE: Final = (
    "SELECT event_key, digest, code FROM aside WHERE brought_by = %(brought_by)s AND event_key = ANY(%(event_keys)b)"
)
HOLDERS: Final = """\
SELECT holds_seq, convert_from(event_id, 'UTF8') FROM aside
WHERE brought_by = %(terminal_id)s AND holds_seq = ANY(%(seqs)b) AND holds_seq <> 0
UNION ALL
SELECT seq, event_id FROM event WHERE terminal_id = %(terminal_id)s AND seq = ANY(%(seqs)b)"""
"""What is in the log comes last: it is what counts if, against all rules, both are there."""
ROWS: Final = """\
SELECT kind, key, partition, number, document
FROM unnest(%(partitions)b::smallint[], %(kinds)b::text[], %(keys)b::text[]) AS wanted (partition, kind, key)
JOIN feed_row USING (partition, kind, key)"""
OPEN_RECORDS: Final = f"""\
{_RECORD} JOIN unnest(%(partitions)b::smallint[], %(books)b::bytea[]) AS wanted (partition, book)
USING (partition, book) WHERE open"""
OPEN_BESIDE_LOTS: Final = f"{OPEN_RECORDS} AND kind <> 'lot'"
NAMED_RECORDS: Final = f"""\
{_RECORD}
JOIN unnest(%(partitions)b::smallint[], %(books)b::bytea[], %(kinds)b::text[], %(names)b::text[])
AS wanted (partition, book, kind, record_id) USING (partition, book, kind, record_id)"""
CAUSED_RECORDS: Final = f"""\
{_RECORD}
JOIN unnest(%(partitions)b::smallint[], %(books)b::bytea[], %(kinds)b::text[], %(names)b::text[])
AS wanted (partition, book, kind, cause) USING (partition, book, kind, cause) WHERE cause <> ''"""

ADD_EPOCH: Final = "INSERT INTO epoch (rank, name, since) VALUES (%(rank)s, %(name)s, %(since)s)"
PUT_TERMINAL: Final = """\
INSERT INTO terminal (terminal_id, document) VALUES (%(terminal_id)s, %(document)s)
ON CONFLICT (terminal_id) DO UPDATE SET document = excluded.document"""
PUT_COUNTER: Final = """\
INSERT INTO counter (partition, number, checksum) VALUES (%(partition)s, %(number)s, %(checksum)s)
ON CONFLICT (partition) DO UPDATE SET number = excluded.number, checksum = excluded.checksum"""
PUT_ROWS: Final = """\
INSERT INTO feed_row (partition, kind, key, number, document)
SELECT * FROM unnest(%(partition)b::smallint[], %(kind)b::text[], %(key)b::text[], %(number)b::bigint[],
    %(document)b::bytea[])
ON CONFLICT (partition, kind, key) DO UPDATE SET number = excluded.number, document = excluded.document"""
PUT_MEMBERSHIPS: Final = """\
INSERT INTO scope_row (partition, kind, key, scope, number, there, due)
SELECT * FROM unnest(%(partition)b::smallint[], %(kind)b::text[], %(key)b::text[], %(scope)b::text[],
    %(number)b::bigint[], %(there)b::boolean[], %(due)b::integer[])
ON CONFLICT (partition, kind, key, scope)
DO UPDATE SET number = excluded.number, there = excluded.there, due = excluded.due"""
PUT_SCOPE_SUM: Final = """\
INSERT INTO scope_sum (partition, scope, checksum) VALUES (%(partition)s, %(scope)s, %(checksum)s)
ON CONFLICT (partition, scope) DO UPDATE SET checksum = excluded.checksum"""
DROP_SCOPE_SUMS: Final = "DELETE FROM scope_sum WHERE partition = ANY(%(partitions)s) AND scope = %(scope)s"
DROP_SCOPE_ROWS: Final = "DELETE FROM scope_row WHERE partition = ANY(%(partitions)s) AND scope = %(scope)s"
PUT_RECORDS: Final = """\
INSERT INTO record (partition, book, kind, record_id, member_id, unit, cause, open, due, document)
SELECT * FROM unnest(%(partition)b::smallint[], %(book)b::bytea[], %(kind)b::text[], %(record_id)b::text[],
    %(member_id)b::text[], %(unit)b::text[], %(cause)b::text[], %(open)b::boolean[], %(due)b::integer[],
    %(document)b::bytea[])
ON CONFLICT (partition, book, kind, record_id)
DO UPDATE SET cause = excluded.cause, open = excluded.open, due = excluded.due, document = excluded.document"""
MOVE_RECORDS: Final = """\
UPDATE record SET partition = %(to_partition)s, book = %(to_book)s, member_id = %(to_member)s, unit = %(to_unit)s
WHERE partition = %(partition)s AND book = %(book)s AND kind <> 'balances'"""
MOVE_TRANSFERS: Final = """\
UPDATE transfer SET partition = %(to_partition)s, book = %(to_book)s
WHERE partition = %(partition)s AND book = %(book)s"""
REDACT: Final = "UPDATE event SET envelope = %(envelope)s WHERE event_id = %(event_id)s"
REDACT_ASIDE: Final = """\
UPDATE aside SET envelope = %(envelope)s
WHERE brought_by = %(of_brought_by)s AND event_key = %(event_key)s AND digest = %(of_digest)s"""
ADD_ASIDE: Final = """\
INSERT INTO aside (brought_by, event_key, event_id, digest, holds_seq, code, reason, received_ms, envelope)
VALUES (%(brought_by)s, %(event_key)s, %(event_id)s, %(digest)s, %(holds_seq)s, %(code)s, %(reason)s, %(received_ms)s,
    %(envelope)s)
ON CONFLICT (brought_by, event_key, digest) DO NOTHING"""
ADD_LOSS: Final = """\
INSERT INTO loss (event_id, code, kind, amount, terminal_id)
VALUES (%(event_id)s, %(code)s, %(kind)s, %(amount)s, %(terminal_id)s)"""

PUT_MEMO: Final = """\
INSERT INTO memo (kind, key, document) VALUES (%(kind)s, %(key)s, %(document)s)
ON CONFLICT (kind, key) DO UPDATE SET document = excluded.document"""
PUT_NAME: Final = """\
INSERT INTO name (code, partition, member_key, member_id)
VALUES (%(code)s, %(partition)s, %(member_key)s, %(member_id)s) ON CONFLICT DO NOTHING"""
DROP_NAME: Final = "DELETE FROM name WHERE code = %(code)s AND member_key = %(member_key)s"
DROP_MEMO: Final = "DELETE FROM memo WHERE kind = %(kind)s AND key = %(key)s"

VACUUM: Final = "VACUUM event, aside, feed_row, record, transfer, memo, name"

COPY_EVENTS: Final = """\
COPY event (event_id, terminal_id, seq, partition, number, digest, received_ms, envelope)
FROM STDIN (FORMAT BINARY)"""
EVENT_TYPES: Final = ("text", "text", "int8", "int2", "int8", "bytea", "int8", "bytea")
COPY_PLACES: Final = "COPY place (partition, number, event_id) FROM STDIN (FORMAT BINARY)"
PLACE_TYPES: Final = ("int2", "int8", "text")
COPY_TRANSFERS: Final = "COPY transfer (partition, book, transfer_id, document) FROM STDIN (FORMAT BINARY)"
TRANSFER_TYPES: Final = ("int2", "bytea", "text", "bytea")
