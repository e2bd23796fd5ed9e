"""The feed, waiting for news, and prepared replicas, over HTTP."""

import asyncio
import logging
import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import zstandard

from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind
from sync.hub import snapshots
from sync.hub.kept import Epoch, RowKey, Terminal
from sync.hub.memory import MemoryHubStore
from sync.hub.publishing import Publication
from sync.hub.snapshots import Replica
from sync.hub.terminals import Settled, settled_ms
from sync.hub.web import handlers
from sync.hub.web.app import Limits
from sync.hub.web.attendance import SETTLED_BY_MS, Claims, last_heard
from sync.hub.web.buckets import Rate
from sync.wire import SnapshotOffer, WaitAnswer, cursor_text
from tests.sync.hub.shop import hub_over, note
from tests.sync.hub.stores import sqlite_hub
from tests.sync.hub.web.site import KEY, PATIENCE_S, Site, problem_of, site, until


def page_of(content: bytes) -> FeedPage:
    """Return the page in a body."""
    return msgspec.json.decode(content, type=FeedPage)


async def fed(hub: Site, cursor: Cursor) -> FeedPage:
    """Return the next page."""
    response = await hub.ask("GET", f"/sync/1/feed?cursor={cursor_text(cursor)}")
    assert response.status_code == 200, response.text
    return page_of(response.content)


async def newer(hub: Site, cursor: Cursor) -> bool:
    """Return what waiting ends with."""
    response = await hub.ask("GET", f"/sync/1/wait?cursor={cursor_text(cursor)}")
    return msgspec.json.decode(response.content, type=WaitAnswer).newer


async def test_what_one_till_pushed_comes_down() -> None:
    """A page has the document and a cursor; from there nothing more comes until something happens."""
    async with site() as hub:
        hub.till.did(note())
        await hub.push()
        first = await fed(hub, Cursor())
        assert [(row.kind, row.key) for row in first.rows] == [(RowKind.MEMBER, "m1")]
        assert (await fed(hub, first.cursor)).rows == ()
        bare = await hub.ask("GET", "/sync/1/feed")
        assert page_of(bare.content).cursor == first.cursor


async def test_a_cursor_that_is_none_is_bad_input() -> None:
    """Rubbish in the query is 400 and not a till that starts over."""
    async with site() as hub:
        response = await hub.ask("GET", "/sync/1/feed?cursor=rubbish")
        assert (response.status_code, problem_of(response)) == (400, "cursor")


async def test_a_page_of_large_rows_is_cut_to_what_any_till_can_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are limited by bytes too; all rows come in the end, each once."""
    monkeypatch.setattr(handlers, "PAGE_BYTES_MAX", 20_000)
    async with site() as hub:
        for number in range(40):
            document = msgspec.json.encode({"text": "x" * (200 + 100 * number)})
            hub.authority.publish([Publication(RowKey(RowKind.PRODUCT, f"p{number:02}"), document)])
        keys: list[str] = []
        page = await fed(hub, Cursor())
        sizes = [sum(len(bytes(row.document or b"")) for row in page.rows)]
        keys += [row.key for row in page.rows]
        while page.more:
            page = await fed(hub, page.cursor)
            sizes.append(sum(len(bytes(row.document or b"")) for row in page.rows))
            keys += [row.key for row in page.rows]
        assert keys == [f"p{number:02}" for number in range(40)]
        assert max(sizes) <= 20_000
        assert len(sizes) > 4


async def test_who_is_behind_need_not_wait() -> None:
    """A cursor below what is there, or of another epoch, is answered at once."""
    async with site() as hub:
        hub.till.did(note())
        await hub.push()
        async with asyncio.timeout(PATIENCE_S):
            assert await newer(hub, Cursor())
            assert await newer(hub, Cursor(epoch="another"))


async def test_who_waits_hears_of_a_push_at_once() -> None:
    """News comes with the push and not with a poll, to two hundred at once, and they have two threads."""
    async with site(limits=Limits(threads=2, rate=Rate(1_000, 1_000))) as hub:
        at = (await fed(hub, Cursor())).cursor
        waiting = [asyncio.ensure_future(newer(hub, at)) for _ in range(200)]
        await until(hub, lambda: hub.app.state.bell.waiters == 200)
        assert "hub_waiters 200.0" in (await hub.http.get("/metrics")).text
        hub.till.did(note())
        await hub.push()
        async with asyncio.timeout(PATIENCE_S):
            assert all(await asyncio.gather(*waiting))


async def test_who_waits_hears_of_what_another_worker_committed() -> None:
    """A change that this process has no part in is seen by looking, within a second."""
    async with site() as hub:
        at = (await fed(hub, Cursor())).cursor
        waiting = asyncio.ensure_future(newer(hub, at))
        hub.authority.publish([Publication(RowKey(RowKind.PRODUCT, "p"), b"{}")])
        async with asyncio.timeout(PATIENCE_S):
            assert await waiting


async def test_without_news_the_wait_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the hub's patience the answer is that there is nothing; the till asks again."""
    monkeypatch.setattr(handlers, "WAIT_S", 0.05)
    async with site() as hub:
        at = (await fed(hub, Cursor())).cursor
        assert not await newer(hub, at)


async def test_at_the_end_of_the_process_those_who_wait_are_sent_home() -> None:
    """No till hangs on a worker that stops."""
    async with site() as hub:
        at = (await fed(hub, Cursor())).cursor
        waiting = asyncio.ensure_future(newer(hub, at))
        await until(hub, lambda: hub.app.state.bell.waiters == 1)
        hub.app.state.bell.close()
        async with asyncio.timeout(PATIENCE_S):
            assert not await waiting


async def test_who_goes_away_waits_no_more() -> None:
    """A till that hangs up leaves nothing behind."""
    async with site() as hub:
        at = (await fed(hub, Cursor())).cursor
        request = hub.request("GET", f"/sync/1/wait?cursor={cursor_text(at)}", b"", KEY, "t1", 0, {})
        heard: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        heard.put_nowait({"type": "http.request", "body": b"", "more_body": False})

        async def unheard(_: object) -> None:
            """Nobody reads what is sent."""

        scope = {
            "type": "http",
            "method": "GET",
            "path": request.url.path,
            "raw_path": request.url.path.encode(),
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": None,
        }
        asking = asyncio.ensure_future(hub.app(scope, heard.get, unheard))
        await until(hub, lambda: hub.app.state.bell.waiters == 1)
        heard.put_nowait({"type": "http.disconnect"})
        async with asyncio.timeout(PATIENCE_S):
            await asking
        await until(hub, lambda: hub.app.state.bell.waiters == 0)


async def test_too_many_waiters_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a limit, and it says when to ask again."""
    monkeypatch.setattr(handlers, "WAITERS_MAX", 0)
    async with site() as hub:
        response = await hub.ask("GET", "/sync/1/wait")
        assert (response.status_code, problem_of(response)) == (503, "busy")
        assert int(response.headers["retry-after"]) >= 5


async def test_who_asks_too_often_is_told_to_come_back() -> None:
    """One till has a bucket of its own; after a while it is served again, and others are served all the time."""
    async with site(limits=Limits(rate=Rate(burst=3, per_second=1))) as hub:
        statuses = [(await hub.ask("GET", "/sync/1/feed")).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        refused = await hub.ask("GET", "/sync/1/feed")
        assert problem_of(refused) == "too-often"
        assert 1 <= int(refused.headers["retry-after"]) <= 5
        hub.clock.later(2)
        assert (await hub.ask("GET", "/sync/1/feed")).status_code == 200


async def test_strangers_cannot_keep_the_database_busy() -> None:
    """Names that nobody knows share one bucket; a till that is known is served beside them."""
    async with site() as hub:
        assert (await hub.push()).status_code == 200
        statuses = [(await hub.ask("GET", "/sync/1/feed", name=f"x{number}")).status_code for number in range(260)]
        assert statuses[:100] == [403] * 100
        assert 429 in statuses[200:]
        assert (await hub.push()).status_code == 200


async def test_a_hub_that_has_just_started_serves_all_its_tills_at_once() -> None:
    """However many are new to the process, nobody who is enrolled is taken for a stranger."""
    async with site() as hub:
        names = [f"t{number}" for number in range(1, 500)]
        for name in names:
            hub.authority.enrol(Terminal(terminal_id=name, public_key=KEY.public, store_id="s1"))
        asked = [hub.ask("GET", "/sync/1/feed", name=name) for name in names]
        assert {(await each).status_code for each in asked} == {200}


async def test_the_office_sees_when_a_till_was_last_here(tmp_path: Path) -> None:
    """At the end of the process, and every minute before it, who was heard is written down."""
    store = sqlite_hub(tmp_path / "hub.db")
    async with site(store) as hub:
        at_ms = int(hub.clock.at.timestamp()) * 1_000
        await hub.push()
    reopened = sqlite_hub(tmp_path / "hub.db")
    assert last_heard(reopened) == {"t1": at_ms}
    reopened.close()


def written(path: Path, rows: Iterable[Row], cursor: Cursor, checksums: Mapping[int, int], hub_ms: int) -> None:
    """Write a replica that a test can read: JSON."""
    said = {"rows": [row.key for row in rows], "cursor": cursor, "checksums": checksums, "hub_ms": hub_ms}
    path.write_bytes(msgspec.json.encode(said) + b" " * 100_000)


def names_in(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


REPLICA = Replica(written, 7)


async def test_a_prepared_replica_is_offered_and_fetched_in_pieces(tmp_path: Path) -> None:
    """The offer names a file by its hash; ranges of it make the whole, and a changed one is not continued."""
    async with site(snapshots=tmp_path / "replicas") as hub:
        assert problem_of(await hub.ask("GET", "/sync/1/snapshot")) == "no-snapshot"
        hub.till.did(note())
        await hub.push()
        said: list[tuple[str, int, int]] = []
        made = snapshots.build(hub.store, tmp_path / "replicas", REPLICA, 5, lambda *each: said.append(each))
        offer = msgspec.json.decode((await hub.ask("GET", "/sync/1/snapshot")).content, type=SnapshotOffer)
        assert offer == made
        assert (offer.schema, offer.cursor) == (7, (await fed(hub, Cursor())).cursor)
        assert {what for what, _, _ in said} == {"reading", "packing"}
        whole = await hub.ask("GET", offer.path)
        assert (len(whole.content), whole.headers["etag"]) == (offer.packed_bytes, f'"{offer.sha256}"')
        first = await hub.ask("GET", offer.path, headers={"range": "bytes=0-9"})
        rest = await hub.ask("GET", offer.path, headers={"range": "bytes=10-", "if-range": f'"{offer.sha256}"'})
        assert (first.status_code, rest.status_code) == (206, 206)
        assert first.content + rest.content == whole.content
        other = await hub.ask("GET", offer.path, headers={"range": "bytes=10-", "if-range": '"other"'})
        assert (other.status_code, other.content) == (200, whole.content)
        beyond = await hub.ask("GET", offer.path, headers={"range": f"bytes={offer.packed_bytes}-"})
        assert beyond.status_code == 416
        plain = zstandard.ZstdDecompressor().decompress(whole.content)
        assert len(plain) == offer.unpacked_bytes
        assert msgspec.json.decode(plain)["rows"] == ["m1"]


async def test_the_last_two_replicas_are_kept(tmp_path: Path) -> None:
    """A till may be in the middle of the one before; older ones make room."""
    async with site(snapshots=tmp_path) as hub:
        made = []
        for number in range(3):
            hub.till.did(note(str(number)))
            await hub.push()
            made.append(snapshots.build(hub.store, tmp_path, REPLICA, number, lambda *_: None))
        statuses = [(await hub.ask("GET", each.path)).status_code for each in made]
        assert statuses == [404, 200, 200]
        assert names_in(tmp_path) == sorted(["offer.json", *(f"{each.sha256}.zst" for each in made[1:])])


def test_what_a_power_cut_left_behind_makes_room(tmp_path: Path) -> None:
    """As large as the database, and one for each cut: of yesterday it goes, and another that is under way stays."""
    for name in ("build-cut", "build-now"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "replica.db").write_bytes(b"all members")
    os.utime(tmp_path / "build-cut", (0, 0))
    store = MemoryHubStore()
    hub_over(store)
    offer = snapshots.build(store, tmp_path, REPLICA, 1, lambda *_: None)
    assert names_in(tmp_path) == sorted(["build-now", "offer.json", f"{offer.sha256}.zst"])


@pytest.mark.parametrize("name", ["offer.json", "..%2Foffer.json", "%2e%2e%2fhub.toml", "a" * 64 + ".zst", "x"])
async def test_nothing_but_replicas_is_given_out(name: str, tmp_path: Path) -> None:
    """No other file of the folder, or outside it, can be named."""
    (tmp_path / "hub.toml").write_text("secret")
    (tmp_path / "replicas").mkdir()
    (tmp_path / "replicas" / "offer.json").write_text("{}")
    async with site(snapshots=tmp_path / "replicas") as hub:
        assert (await hub.ask("GET", f"/sync/1/snapshots/{name}")).status_code == 404


async def test_a_build_that_fails_leaves_the_offer_before_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A full disk in the middle leaves what was offered, and no rubbish."""
    caplog.set_level(logging.CRITICAL)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with site(snapshots=tmp_path) as hub:
        before = snapshots.build(hub.store, tmp_path, REPLICA, 1, lambda *_: None)
        with pytest.raises(OSError, match="No space"):
            snapshots.build(hub.store, tmp_path, Replica(full, 7), 2, lambda *_: None)
        assert snapshots.offered(tmp_path) == before
        assert names_in(tmp_path) == sorted(["offer.json", f"{before.sha256}.zst"])


async def test_what_a_till_has_told_is_kept(tmp_path: Path) -> None:
    """Its word counts from the moment its cursor is of this life; each till's for itself; rubbish is passed over."""
    async with site(sqlite_hub(tmp_path / "hub.db")) as hub:
        page = await fed(hub, Cursor())
        for said in ("&settled=5", "&settled=7000", "", "&settled=-1", "&settled=9e9", "&settled=" + "9" * 14):
            response = await hub.ask("GET", f"/sync/1/feed?cursor={cursor_text(page.cursor)}{said}")
            assert response.status_code == 200
    with closing(sqlite_hub(tmp_path / "hub.db")) as store, store.reading() as reading:
        assert (settled_ms(reading, "t1"), settled_ms(reading, "t2")) == (7_000, 0)


async def test_what_was_told_to_another_epoch_is_not_kept(tmp_path: Path) -> None:
    """A till that has not heard yet that the hub fell back does not know what it has to tell again."""
    async with site(sqlite_hub(tmp_path / "hub.db")) as hub:
        page = await fed(hub, Cursor())
        hub.authority.begin_epoch()
        for cursor in (page.cursor, Cursor()):
            await hub.ask("GET", f"/sync/1/feed?cursor={cursor_text(cursor)}&settled=7000")
    with closing(sqlite_hub(tmp_path / "hub.db")) as store, store.reading() as reading:
        assert settled_ms(reading, "t1") == 0


def test_what_tills_have_told_is_written_once_an_hour() -> None:
    """Not with each look, though each says it; a later life of the history is told anew at once."""
    store = MemoryHubStore()
    hub_over(store)
    with store.reading() as reading:
        life = reading.epochs()[-1].name
    claims, kept = Claims(), []
    for ms in (1, SETTLED_BY_MS, SETTLED_BY_MS + 1, SETTLED_BY_MS + 2):
        claims.note("t1", Settled(life, ms))
        claims.keep(store)
        with store.reading() as reading:
            kept.append(settled_ms(reading, "t1"))
    assert kept == [1, 1, SETTLED_BY_MS + 1, SETTLED_BY_MS + 1]
    with store.transaction() as step:
        step.add_epoch(Epoch("another"))
        step.commit()
    claims.note("t1", Settled("another", 5))
    claims.keep(store)
    with store.reading() as reading:
        assert settled_ms(reading, "t1") == 5


async def test_who_only_reads_does_not_wait_for_those_who_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is slow, and all pushes stand before it: looks are answered all the same."""
    disk = threading.Event()
    async with site(limits=Limits(threads=1)) as hub:
        push = hub.authority.push
        monkeypatch.setattr(hub.authority, "push", lambda request: (disk.wait(PATIENCE_S), push(request))[1])
        hub.till.did(note())
        pushing = asyncio.ensure_future(hub.push())
        try:
            async with asyncio.timeout(PATIENCE_S):
                assert (await fed(hub, Cursor())).rows == ()
        finally:
            disk.set()
        assert (await pushing).status_code == 200
