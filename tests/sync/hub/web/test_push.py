"""Pushing over HTTP: what is said of every request that can come."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import zstandard

from pos_loyalty.core.verdicts import Outcome
from pos_loyalty.errors import InvariantBroken, StoreError, StoreFull
from sync.hub.web import handlers
from sync.packing import pack, unpack
from sync.wire import BODY_BYTES_MAX, Halt, HaltReason, PushAnswer, PushRequest
from tests.sync.hub.shop import Ids, Till, note, unknown, unreadable
from tests.sync.hub.stores import KINDS, sqlite_hub
from tests.sync.hub.web.site import KEY, OTHER_KEY, problem_of, site


def answer(content: bytes) -> PushAnswer:
    """Return the answer in a body."""
    return msgspec.json.decode(content, type=PushAnswer)


@pytest.mark.parametrize("kind", KINDS)
async def test_events_get_their_verdicts(kind: str, tmp_path: Path) -> None:
    """What a till pushes is applied once, and a duplicate from then on, whatever the hub is kept in."""
    async with site(KINDS[kind](tmp_path)) as hub:
        hub.till.did(note())
        first, again = await hub.push(), await hub.push()
        assert [first.status_code, again.status_code] == [200, 200]
        assert [answer(each.content).verdicts[0].outcome for each in (first, again)] == [
            Outcome.APPLIED,
            Outcome.DUPLICATE,
        ]
        assert answer(first.content).hub_ms == int(first.headers["hub-ms"])


async def test_bodies_are_packed_both_ways() -> None:
    """A packed body is read, and a large answer is packed for who can read that, and for nobody else."""
    async with site() as hub:
        for number in range(30):
            hub.till.did(note(str(number)))
        packed = pack(msgspec.json.encode(hub.till.request()))
        headers = {"content-encoding": packed.encoding, "accept-encoding": "zstd"}
        request = hub.request("POST", "/sync/1/push", packed.body, KEY, "t1", 0, headers)
        response = await hub.http.send(request, stream=True)
        sent = b"".join([piece async for piece in response.aiter_raw()])
        assert response.headers["content-encoding"] == "zstd"
        plain = unpack(sent, "zstd")
        assert isinstance(plain, bytes)
        assert len(answer(plain).verdicts) == 30
        bare = await hub.push(headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in bare.headers
        assert len(answer(bare.content).verdicts) == 30


async def test_one_bad_event_stops_no_other() -> None:
    """What cannot be read is put aside; what is not known is kept; the rest is applied."""
    async with site() as hub:
        hub.till.did(note())
        unreadable(hub.till)
        unknown(hub.till)
        response = await hub.push()
        assert [each.outcome for each in answer(response.content).verdicts] == [
            Outcome.APPLIED,
            Outcome.QUARANTINED,
            Outcome.APPLIED,
        ]


async def test_fields_of_a_later_version_are_ignored() -> None:
    """A till that says more than this hub knows is served."""
    async with site() as hub:
        hub.till.did(note())
        said = msgspec.json.decode(msgspec.json.encode(hub.till.request()))
        said |= {"mood": "good", "device": {"a": [1]}}
        said["events"][0]["colour"] = "blue"
        response = await hub.ask("POST", "/sync/1/push", msgspec.json.encode(said))
        assert answer(response.content).verdicts[0].outcome is Outcome.APPLIED


async def test_another_tills_push_is_refused() -> None:
    """A till pushes under the name it signed with; nothing of another is taken."""
    async with site() as hub:
        other = Till("t2", Ids(50))
        other.did(note())
        response = await hub.push(other.request())
        assert (response.status_code, problem_of(response)) == (403, "foreign-terminal")
        with hub.store.reading() as reading:
            assert list(reading.log()) == []


async def test_another_tills_events_are_put_aside() -> None:
    """In a till's own push, an event that names another till has no effect."""
    async with site() as hub:
        other = Till("t2", Ids(50))
        event = other.did(note())
        response = await hub.push(PushRequest(terminal_id="t1", boot_nonce="n", events=(event,)))
        assert answer(response.content).verdicts[0].outcome is Outcome.QUARANTINED


async def test_a_request_sent_again_is_taken_once() -> None:
    """Whoever catches a request and sends it again within its window changes nothing; after it nobody listens."""
    async with site() as hub:
        hub.till.did(note())
        caught = hub.request("POST", "/sync/1/push", msgspec.json.encode(hub.till.request()), KEY, "t1", 0, {})
        outcomes = [answer((await hub.http.send(caught)).content).verdicts[0].outcome for _ in range(3)]
        assert outcomes == [Outcome.APPLIED, Outcome.DUPLICATE, Outcome.DUPLICATE]
        hub.clock.later(301)
        late = await hub.http.send(caught)
        assert (late.status_code, problem_of(late)) == (401, "clock")


@pytest.mark.parametrize("years", [-10, 10])
async def test_a_till_whose_clock_is_ten_years_off_is_told_and_then_served(years: int) -> None:
    """The answer says the hub's time; signed by that, the same request is taken."""
    async with site() as hub:
        hub.till.did(note())
        off_s = years * 365 * 86_400
        refused = await hub.push(off_s=off_s)
        assert (refused.status_code, problem_of(refused)) == (401, "clock")
        learnt_s = refused.json()["hub_ms"] // 1_000 - int(hub.clock.at.timestamp())
        assert (await hub.push(off_s=learnt_s)).status_code == 200


async def test_who_has_not_signed_is_refused() -> None:
    """Without a signature nothing is read."""
    async with site() as hub:
        response = await hub.http.post("/sync/1/push", json={})
        assert (response.status_code, problem_of(response)) == (401, "unsigned")


async def test_a_stolen_name_is_worth_nothing_without_its_key() -> None:
    """Another key is not believed, however good its signature."""
    async with site() as hub:
        response = await hub.push(key=OTHER_KEY)
        assert (response.status_code, problem_of(response)) == (401, "bad-signature")


async def test_a_revoked_till_is_halted() -> None:
    """From the moment it is revoked nothing of it is taken, though its key is remembered here."""
    async with site() as hub:
        hub.till.did(note())
        assert (await hub.push()).status_code == 200
        hub.authority.revoke("t1")
        hub.till.did(note())
        response = await hub.push()
        assert response.status_code == 403
        assert msgspec.json.decode(response.content, type=Halt).reason is HaltReason.REVOKED
        with hub.store.reading() as reading:
            assert len(list(reading.log())) == 1


async def test_a_till_that_nobody_enrolled_is_halted() -> None:
    """It learns that it has to be enrolled; once it is, it is served."""
    async with site() as hub:
        response = await hub.push(name="t9")
        assert (response.status_code, msgspec.json.decode(response.content, type=Halt).reason) == (
            403,
            HaltReason.UNKNOWN_TERMINAL,
        )


async def test_a_till_that_was_enrolled_anew_is_served_at_once() -> None:
    """A key that changed is read again as soon as the old one does not fit."""
    async with site() as hub:
        assert (await hub.push()).status_code == 200
        with hub.store.transaction() as step:
            known = step.own("t1")
            assert known is not None
            step.put_terminal(msgspec.structs.replace(known, public_key=OTHER_KEY.public))
            step.commit()
        hub.clock.later(3)
        assert (await hub.push(key=OTHER_KEY)).status_code == 200
        assert (await hub.push(key=KEY)).status_code == 401


async def test_a_body_that_was_changed_is_refused() -> None:
    """The digest is signed, and the body is held against it."""
    async with site() as hub:
        hub.till.did(note())
        request = hub.request("POST", "/sync/1/push", msgspec.json.encode(hub.till.request()), KEY, "t1", 0, {})
        forged = hub.http.build_request("POST", "/sync/1/push", content=b'{"events":[]}', headers=request.headers)
        forged.headers["content-length"] = "13"
        response = await hub.http.send(forged)
        assert (response.status_code, problem_of(response)) == (401, "digest-mismatch")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"terminal_id":"t1","boot_nonce":"n","events":[{"seq":"one"}]}',
        b'{"terminal_id":"t1","boot_nonce":"n","events":7}',
        b"[" * 100_000,
    ],
)
async def test_what_is_no_push_is_bad_input(body: bytes) -> None:
    """Broken JSON, another shape and endless nesting get 400, and nothing of what stood there comes back."""
    async with site() as hub:
        response = await hub.ask("POST", "/sync/1/push", body)
        assert (response.status_code, problem_of(response)) == (400, "unreadable")
        assert "one" not in response.json()["detail"]


async def test_a_nonce_that_no_till_draws_is_bad_input() -> None:
    """The hub keeps the last ones with each till's record, which is read for every request."""
    async with site() as hub:
        response = await hub.push(msgspec.structs.replace(hub.till.request(), boot_nonce="x" * 65))
        assert (response.status_code, problem_of(response)) == (400, "unreadable")


async def test_a_batch_over_the_limit_is_bad_input() -> None:
    """A thousand events are a batch; one more is none."""
    async with site() as hub:
        event = msgspec.json.decode(msgspec.json.encode(hub.till.did(note())))
        said = {"terminal_id": "t1", "boot_nonce": "n", "events": [event] * 1_001}
        assert (await hub.ask("POST", "/sync/1/push", msgspec.json.encode(said))).status_code == 400


async def test_a_bomb_is_refused() -> None:
    """A gigabyte in a few kilobytes is given up at the cap."""
    bomb = zstandard.ZstdCompressor().compress(bytes(256 << 20))
    async with site() as hub:
        response = await hub.ask("POST", "/sync/1/push", bomb, headers={"content-encoding": "zstd"})
        assert (response.status_code, problem_of(response)) == (413, "too-large")


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd, zstd"])
async def test_other_packings_are_refused(encoding: str) -> None:
    """What was not agreed is not guessed at."""
    async with site() as hub:
        response = await hub.ask("POST", "/sync/1/push", gzip.compress(b"{}"), headers={"content-encoding": encoding})
        assert (response.status_code, problem_of(response)) == (415, "encoding")


async def test_a_body_that_is_not_json_is_refused_by_its_type() -> None:
    """Forms and text are not looked into."""
    async with site() as hub:
        response = await hub.ask("POST", "/sync/1/push", b"a=b", headers={"content-type": "text/plain"})
        assert (response.status_code, problem_of(response)) == (415, "media-type")


@pytest.mark.parametrize("says", ["1073741824", "-1", "1e3", "٣"])
async def test_a_body_that_says_it_is_too_large_is_not_read(says: str) -> None:
    """A gigabyte is refused by its header, as is a length that is none."""
    async with site() as hub:

        async def never() -> AsyncIterator[bytes]:
            raise AssertionError("the body was read")
            yield b""

        request = hub.request("POST", "/sync/1/push", b"", KEY, "t1", 0, {})
        unread = hub.http.build_request("POST", "/sync/1/push", headers=request.headers, content=never())
        unread.headers["content-length"] = says
        response = await hub.http.send(unread)
        assert (response.status_code, problem_of(response)) == (413, "too-large")
        assert response.headers["connection"] == "close"


async def test_a_body_that_does_not_say_its_size_is_read_up_to_the_cap() -> None:
    """A gigabyte in pieces is refused after eight megabytes of it."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 1 << 30:
            read += 1 << 20
            yield bytes(1 << 20)

    async with site() as hub:
        request = hub.request("POST", "/sync/1/push", b"", KEY, "t1", 0, {})
        del request.headers["content-length"]
        response = await hub.http.send(
            hub.http.build_request("POST", "/sync/1/push", headers=request.headers, content=endless())
        )
        assert (response.status_code, problem_of(response)) == (413, "too-large")
        assert read <= BODY_BYTES_MAX + (2 << 20)


async def test_large_bodies_all_at_once_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the room for bodies is taken another push is told to come back; then it is taken."""
    monkeypatch.setattr(handlers, "PUSHES_BYTES_MAX", 1_600)
    async with site() as hub:
        began, release = asyncio.Event(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            began.set()
            await release.wait()
            yield bytes(1_500)

        request = hub.request("POST", "/sync/1/push", bytes(1_500), KEY, "t1", 0, {})
        first = asyncio.ensure_future(
            hub.http.send(hub.http.build_request("POST", "/sync/1/push", headers=request.headers, content=slowly()))
        )
        await began.wait()
        hub.till.did(note())
        refused = await hub.push()
        assert (refused.status_code, problem_of(refused)) == (503, "busy")
        release.set()
        assert (await first).status_code == 400
        assert (await hub.push()).status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (StoreFull("/var/lib/hub.db: no room"), 503, "store"),
        (StoreError("postgres at db.example: gone"), 503, "store"),
        (InvariantBroken("two facts about Roya"), 500, "our-fault"),
        (ZeroDivisionError("Roya"), 500, "our-fault"),
    ],
)
async def test_a_fault_of_the_hub_says_when_to_come_back_and_nothing_of_itself(
    error: Exception, status: int, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk and a lost database are 503 with a pause; a fault of ours is 500; no path, no value, no trace."""

    def failing(_: PushRequest) -> PushAnswer:
        raise error

    async with site() as hub:
        monkeypatch.setattr(hub.authority, "push", failing)
        hub.till.did(note())
        response = await hub.push()
        assert (response.status_code, problem_of(response)) == (status, name)
        assert ("retry-after" in response.headers) == (status == 503)
        for secret in ("/var", "db.example", "Roya", "Traceback", "test_push.py"):
            assert secret not in response.text
        assert "Roya" not in caplog.text


async def test_a_full_disk_takes_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """SQLite out of room: 503 and a long pause, nothing half taken; with room again the same push is applied."""
    store = sqlite_hub(tmp_path / "hub.db")
    async with site(store) as hub:
        hub.till.did(note())
        assert (await hub.push()).status_code == 200
        (used,) = store._writer.execute("PRAGMA page_count").fetchone()
        store._writer.execute(f"PRAGMA max_page_count = {used}")
        for number in range(200):
            hub.till.did(note(f"{number}" * 200))
        response = await hub.push()
        assert (response.status_code, problem_of(response)) == (503, "store")
        assert response.json()["title"] == "The disk is full"
        assert int(response.headers["retry-after"]) >= 20
        assert str(tmp_path) not in response.text
        with store.reading() as reading:
            assert len(list(reading.log())) == 1
        store._writer.execute("PRAGMA max_page_count = 1073741823")
        outcomes = [each.outcome for each in answer((await hub.push()).content).verdicts]
        assert outcomes == [Outcome.DUPLICATE] + [Outcome.APPLIED] * 200


async def test_the_log_has_one_line_for_a_request_and_nothing_of_a_member(caplog: pytest.LogCaptureFixture) -> None:
    """Method, route, terminal, status, events and time are there; no body, no query, no code."""
    async with site() as hub:
        hub.till.did(note("allergic to nuts"))
        with caplog.at_level(logging.INFO, "sync.hub.web.requests"):
            await hub.push()
            await hub.ask("GET", "/sync/1/feed?cursor=SECRET")
            await hub.http.get("/wp-admin/SECRET")
        lines = [msgspec.json.decode(each.message) for each in caplog.records if each.name == "sync.hub.web.requests"]
        assert [(each["route"], each["status"]) for each in lines] == [
            ("/sync/1/push", 200),
            ("/sync/1/feed", 400),
            ("none", 404),
        ]
        assert (lines[0]["terminal"], lines[0]["events"], lines[0]["method"]) == ("t1", 1, "POST")
        assert "nuts" not in caplog.text
        assert "SECRET" not in caplog.text


async def test_the_age_of_events_counts_from_when_they_happened() -> None:
    """Figures tell how late tills are, and what became of events."""
    async with site() as hub:
        hub.clock.later(int(timedelta(hours=3).total_seconds()))
        hub.till.did(note())
        unreadable(hub.till)
        await hub.push()
        figures = (await hub.http.get("/metrics")).text
        assert 'hub_events_total{verdict="applied"} 1.0' in figures
        assert 'hub_events_total{verdict="quarantined"} 1.0' in figures
        assert 'hub_quarantined_total{code="unreadable"} 1.0' in figures
        assert 'hub_event_age_seconds_bucket{le="7200.0"} 0.0' in figures
        assert 'hub_event_age_seconds_bucket{le="86400.0"} 1.0' in figures
        assert 'hub_requests_total{route="/sync/1/push",status="200"} 1.0' in figures
