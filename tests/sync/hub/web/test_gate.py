"""Who is let in, while keys change and strangers knock."""

import hashlib
from pathlib import Path

import msgspec

from pos_loyalty.core.feed import Cursor
from sync.hub.kept import Terminal
from sync.hub.snapshots import ROUTE
from sync.hub.terminals import OFFICE
from sync.hub.web.buckets import Rate
from sync.hub.web.gate import STRANGERS, Gate, _Known
from sync.hub.web.threads import Threads
from sync.wire import EnrolRequest, SnapshotOffer
from tests.sync.hub.web.site import KEY, OTHER_KEY, problem_of, site


async def test_the_old_key_of_a_till_that_was_replaced_lets_nobody_in() -> None:
    """Another worker took the new key; this one still remembers the old, and looks before it believes it again."""
    async with site() as hub:
        assert (await hub.ask("GET", "/sync/1/feed")).status_code == 200
        hub.authority.enrol(Terminal(terminal_id="t1", public_key=OTHER_KEY.public, store_id="s1"))
        hub.clock.later(61)
        response = await hub.ask("GET", "/sync/1/feed")
        assert (response.status_code, problem_of(response)) == (401, "bad-signature")
        assert (await hub.ask("GET", "/sync/1/feed", key=OTHER_KEY)).status_code == 200


async def test_a_revoked_till_fetches_no_replica(tmp_path: Path) -> None:
    """All members are in it, so the record is read again for each piece: not a second of grace."""
    name = f"{hashlib.sha256(b'').hexdigest()}.zst"
    (tmp_path / name).write_bytes(b"replica")
    offer = SnapshotOffer(path=ROUTE + name, sha256="", packed_bytes=7, unpacked_bytes=7, schema=1, cursor=Cursor())
    (tmp_path / "offer.json").write_bytes(msgspec.json.encode(offer))
    async with site(snapshots=tmp_path) as hub:
        for path in ("/sync/1/snapshot", offer.path):
            assert (await hub.ask("GET", path)).status_code == 200
        hub.authority.revoke("t1")
        for path in ("/sync/1/snapshot", offer.path):
            response = await hub.ask("GET", path)
            assert (response.status_code, response.json()["reason"]) == (403, "revoked")


async def test_nobody_is_let_in_as_the_office() -> None:
    """The hub has a terminal of its own, without a key: asking under its name is asking under none."""
    async with site() as hub:
        hub.authority.enrol(Terminal(terminal_id=OFFICE))
        response = await hub.ask("GET", "/sync/1/feed", name=OFFICE)
        assert (response.status_code, response.json()["reason"]) == (403, "unknown_terminal")


async def test_names_that_no_till_can_have_are_not_remembered() -> None:
    """The database is not asked for them, however many come, and they fill no memory."""
    async with site() as hub:
        for number in range(STRANGERS.burst + 5):
            response = await hub.ask("GET", "/sync/1/feed", name=f"{number} {'x' * 1_000}")
            assert response.status_code == 403


async def test_a_key_of_another_length_is_none() -> None:
    """Who brings such a one to be enrolled is told so, and it is no fault of the hub."""
    async with site() as hub:
        code, _ = hub.enrolment.invite("s9", "door")
        body = msgspec.json.encode(EnrolRequest(code=code, terminal_id="t2", public_key=b"short"))
        response = await hub.ask("POST", "/sync/1/enrol", body, key=KEY, name="t2")
        assert (response.status_code, problem_of(response)) == (401, "unknown-key")


async def test_who_tries_codes_without_end_is_told_to_come_back() -> None:
    """Each takes a step of the database under a lock. It is in nobody's way who has a place."""
    async with site() as hub:
        body = msgspec.json.encode(EnrolRequest(code="WRONG", terminal_id="t2", public_key=OTHER_KEY.public))
        problems = [
            problem_of(await hub.ask("POST", "/sync/1/enrol", body, key=OTHER_KEY, name="t2"))
            for _ in range(STRANGERS.burst + 1)
        ]
        assert problems[-1] == "too-often"
        assert (await hub.ask("GET", "/sync/1/feed")).status_code == 200


async def test_all_tills_are_known_in_one_go() -> None:
    """A till that was enrolled, or given another key, is known without a look of its own once all were read again."""
    async with site() as hub:
        gate = Gate(hub.store, hub.clock, Threads(1, 1, 1.0), Rate(10, 10))
        await gate.remember()
        hub.authority.enrol(Terminal(terminal_id="t2", public_key=OTHER_KEY.public, store_id="s1"))
        hub.authority.enrol(Terminal(terminal_id="t1", public_key=OTHER_KEY.public, store_id="s1"))
        assert (gate._key("t1"), gate._key("t2")) == (KEY.public, None)
        hub.clock.later(1)
        await gate.remember()
        assert (gate._key("t1"), gate._key("t2")) == (OTHER_KEY.public, OTHER_KEY.public)
        gate._threads.close()


async def test_what_was_read_meanwhile_is_not_forgotten() -> None:
    """A till that was read by itself while all were being read is known by that: it may be the newer."""
    async with site() as hub:
        gate = Gate(hub.store, hub.clock, Threads(1, 1, 1.0), Rate(10, 10))
        read_all = gate._read_all

        def slowly() -> list[Terminal]:
            found = read_all()
            hub.authority.enrol(Terminal(terminal_id="t1", public_key=OTHER_KEY.public, store_id="s1"))
            hub.clock.later(1)
            gate._known["t1"] = _Known(gate._read("t1"), hub.clock.monotonic_ns())
            return found

        gate._read_all = slowly  # type: ignore[method-assign]  # another request comes in the middle
        await gate.remember()
        assert gate._key("t1") == OTHER_KEY.public
        gate._threads.close()
