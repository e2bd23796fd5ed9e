"""Identify: the service call, against one raw lookup and decode of the same member."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec

from bench.series import MICROSECONDS, Rounds, in_turns, ratio_of, say, table
from bench.stores import LARGE, SMALL, store_of
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from pos_loyalty.cli.recognising import recogniser
from pos_loyalty.core.members import Member
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.service.identify import Refused, identify
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.sqlite import SqliteStore

ROUNDS = 9
SAMPLES = 2_000

_FIRST_ROW = 10
"""The first few of the sample share a card."""
_RAW = "SELECT document FROM identifier JOIN member ON member.row = identifier.member_row WHERE identifier.code = ?"


def run() -> None:
    """Print both sizes side by side."""
    with ExitStack() as stack:
        contenders: dict[str, Callable[[], Sequence[float]]] = {}
        for members in (SMALL, LARGE):
            store = stack.enter_context(store_of(members))
            codes = [code_of(one) for one in some_members(store.folder / "replica.db", members, SAMPLES)]
            contenders[f"floor: sqlite3 and decode, {members:,}"] = _floor(store, codes, stack)
            contenders[f"identify, {members:,}"] = _identify(store, codes)
        measured: Rounds = in_turns(contenders, ROUNDS + 1)
    # The first round warms the caches of the system and of SQLite.
    measured = {name: rounds[1:] for name, rounds in measured.items()}
    floors = {f"identify, {members:,}": f"floor: sqlite3 and decode, {members:,}" for members in (SMALL, LARGE)}
    table("identify, in process (aim: at most 3 x floor)", measured, MICROSECONDS, floors)
    say(f"1,000,000 members against 2,000: {ratio_of(measured, f'identify, {LARGE:,}', f'identify, {SMALL:,}')}")


def some_members(replica: Path, members: int, count: int, language: str = "") -> list[Member]:
    """Return ``count`` members chosen by chance, the same every time, of one ``language`` if it is given.

    Neighbours have different family names, so that a screen that shows the wrong one is found out.
    """
    chance = random.Random(members)
    found: list[Member] = []
    with closing(dbapi.connect(f"{replica.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        while len(found) < count:
            row = chance.randint(_FIRST_ROW, members)
            (document,) = connection.execute("SELECT document FROM member WHERE row = ?", (row,)).fetchone()
            member = msgspec.json.decode(document, type=Member)
            is_new = not found or found[-1].name.family != member.name.family
            if language in ("", member.language) and is_new:
                found.append(member)
    return found


def code_of(member: Member) -> str:
    """Return what is on the member's card."""
    return member.identifiers[0].value


def _floor(store: SqliteStore, codes: Sequence[str], stack: ExitStack) -> Callable[[], list[float]]:
    # Everything that makes it fast and nothing else: no lock, since nobody writes; one cursor; one decoder.
    connection = dbapi.connect(f"{(store.folder / 'replica.db').as_uri()}?mode=ro&immutable=1", uri=True)
    stack.callback(connection.close)
    connection.execute("PRAGMA cache_size = -8192")
    cursor, decode = connection.cursor(), msgspec.json.Decoder(Member).decode

    def sample() -> list[float]:
        return timed(lambda code: decode(cursor.execute(_RAW, (code,)).fetchone()[0]), codes)

    return sample


def _identify(store: SqliteStore, codes: Sequence[str]) -> Callable[[], list[float]]:
    # What a reading is has been decided before (bench/decode.py measures it).
    recognise = recogniser(SHOP_AS_DELIVERED)
    readings = {code: recognise(code, "typed") for code in codes}

    def sample() -> list[float]:
        return timed(lambda code: identify(store, readings[code], _no_pass, lambda _: False), codes)

    return sample


def _no_pass(_: str) -> Refused:
    return Refused(NoticeCode.PASS_UNCHECKED)


def timed(operation: Callable[[str], object], arguments: Sequence[str]) -> list[float]:
    """Return the seconds of each call."""
    taken, clock = [], time.perf_counter
    for argument in arguments:
        began = clock()
        operation(argument)
        taken.append(clock() - began)
    return taken
