"""What a hub keeps, as the columns of its tables and back. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pos_loyalty.core import events as envelopes
from pos_loyalty.core.accounts import Transfer
from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.verdicts import QuarantineCode
from sync.hub.kept import (
    BookKey,
    Counter,
    Epoch,
    Logged,
    Loss,
    LossKind,
    Membership,
    Posted,
    PutAside,
    Record,
    RecordKey,
    RecordKind,
    RowKey,
    ScopePart,
    Terminal,
)

Columns = Mapping[str, Any]
Values = tuple[Any, ...]
"""Of one row, in the order of the table."""

_encode = msgspec.json.encode
_since = msgspec.json.Decoder(dict[int, int]).decode
_terminal = msgspec.json.Decoder(Terminal).decode
_transfer = msgspec.json.Decoder(Transfer).decode

_KINDS = {str(kind): kind for kind in RowKind}
"""To ask the enumeration takes a tenth of the time that a row of a page does."""
_SIGN = 1 << 63


def event_columns(logged: Logged) -> Columns:
    """Return the row of one event."""
    event = logged.event
    return {
        "event_id": event.event_id,
        "terminal_id": event.terminal_id,
        "seq": event.seq,
        "partition": logged.partition,
        "number": logged.number,
        "digest": logged.digest,
        "received_ms": logged.received_ms,
        "envelope": envelopes.encode(event),
    }


def logged_of(values: Values) -> Logged:
    """Return the event of a row."""
    _, _, _, partition, number, digest, received_ms, envelope = values
    return Logged(envelopes.decode(envelope), digest, partition, number, received_ms)


def counter_columns(partition: int, counter: Counter) -> Columns:
    """Return the row of one counter; integers of SQLite and PostgreSQL have a sign."""
    return {"partition": partition, "number": counter.number, "checksum": _signed(counter.checksum)}


def counter_of(number: int, checksum: int) -> Counter:
    """Return the counter of a row."""
    return Counter(number, checksum % (2 * _SIGN))


def scope_sum_columns(part: ScopePart, checksum: int) -> Columns:
    """Return the row of one checksum of a scope."""
    return {"scope": part.scope, "partition": part.partition, "checksum": _signed(checksum)}


def scope_sum_of(scope: str, partition: int, checksum: int) -> tuple[ScopePart, int]:
    """Return the checksum of a row."""
    return ScopePart(scope, partition), checksum % (2 * _SIGN)


def membership_columns(each: Membership) -> Columns:
    """Return the row of one membership."""
    key = each.key
    return {
        "partition": each.partition,
        "kind": str(key.kind),
        "key": key.key,
        "scope": each.scope,
        "number": each.number,
        "there": each.there,
        "due": each.due,
    }


def membership_of(values: Values) -> Membership:
    """Return the membership of a row."""
    partition, kind, key, scope, number, there, due = values
    return Membership(scope, RowKey(RowKind(kind), key), partition, number, bool(there), due)


def row_columns(row: Row) -> Columns:
    """Return the row of one document."""
    return {
        "kind": str(row.kind),
        "key": row.key,
        "partition": row.partition,
        "number": row.number,
        "document": None if row.document is None else bytes(row.document),
    }


def row_of(values: Values) -> Row:
    """Return the document of a row."""
    kind, key, partition, number, document = values
    raw = None if document is None else msgspec.Raw(document)
    return Row(kind=_KINDS[kind], key=key, partition=partition, number=number, document=raw)


def record_columns(record: Record) -> Columns:
    """Return the row of one record, but for its rank."""
    return {
        **record.book._asdict(),
        "kind": str(record.kind),
        "record_id": record.record_id,
        "cause": record.cause,
        "open": record.open,
        "due": record.due,
        "document": record.document,
    }


def record_of(values: Values) -> Record:
    """Return the record of a row."""
    rank, member_id, unit, kind, record_id, cause, open_, due, document = values
    return Record(BookKey(member_id, unit), RecordKind(kind), record_id, cause, bool(open_), document, rank, due)


def caused(key: RecordKey) -> Columns:
    """Return what records are looked up by that have a cause."""
    return {**key.book._asdict(), "kind": key.kind, "cause": key.record_id}


def posted_columns(posted: Posted) -> Columns:
    """Return the row of one transfer."""
    transfer = posted.transfer
    return {**posted.book._asdict(), "transfer_id": transfer.transfer_id, "document": _encode(transfer)}


def posted_of(book: BookKey, document: bytes) -> Posted:
    """Return the transfer of a row."""
    return Posted(book, _transfer(document))


def aside_columns(each: PutAside) -> Columns:
    """Return the row of one event that was put aside, but for its rank."""
    return {
        "brought_by": each.brought_by,
        "event_id": each.event.event_id,
        "digest": each.digest,
        "holds_seq": each.holds_seq,
        "code": each.code,
        "reason": each.reason,
        "received_ms": each.received_ms,
        "envelope": envelopes.encode(each.event),
    }


def redacted_columns(each: PutAside) -> Columns:
    """Return what an event that was put aside is found by, and what is to be there."""
    return {
        "of_brought_by": each.brought_by,
        "of_event_id": each.event.event_id,
        "of_digest": each.digest,
        "envelope": envelopes.encode(each.event),
    }


def aside_of(values: Values) -> PutAside:
    """Return what was put aside in a row."""
    _, brought_by, _, digest, holds_seq, code, reason, received_ms, envelope = values
    event = envelopes.decode(envelope)
    return PutAside(brought_by, event, digest, holds_seq, QuarantineCode(code), reason, received_ms)


def loss_of(values: Values) -> Loss:
    """Return the loss of a row."""
    _, event_id, code, kind, amount, terminal_id = values
    return Loss(event_id, code, LossKind(kind), amount, terminal_id)


def terminal_columns(terminal: Terminal) -> Columns:
    """Return the row of one till."""
    return {"terminal_id": terminal.terminal_id, "document": _encode(terminal)}


def terminal_of(document: bytes) -> Terminal:
    """Return the till of a row."""
    return _terminal(document)


def epoch_columns(epoch: Epoch) -> Columns:
    """Return the row of one life of the history, but for its rank."""
    return {"name": epoch.name, "since": _encode(epoch.since)}


def epoch_of(name: str, since: bytes) -> Epoch:
    """Return the life of the history of a row."""
    return Epoch(name, _since(since))


def _signed(checksum: int) -> int:
    return (checksum + _SIGN) % (2 * _SIGN) - _SIGN
