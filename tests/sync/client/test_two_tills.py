"""Real tills, a real application, real files: what one writes the other shows, and a third has it all at once."""

import time
from pathlib import Path

from pos_loyalty.ports import LineState
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store import snapshot
from sync.hub.memory import MemoryHubStore
from sync.hub.scope_building import set_up
from sync.hub.snapshots import Replica, build, folder_of
from tests.sync.client.conftest import ms
from tests.sync.client.served import Till, served, tills
from tests.sync.hub.shop import enrolled, note


def notes_at(till: Till) -> list[str]:
    """Return the notes that a till shows of the member."""
    member = till.store.member("m1")
    return [] if member is None else [each.text for each in member.notes]


def await_note(till: Till, text: str) -> None:
    """Wait until a till shows a note."""
    till.wait_for(lambda _: text in notes_at(till))


def test_a_note_of_one_till_is_at_the_other_within_a_second(tmp_path: Path) -> None:
    """Up by the line of one, down by a long poll of the other; the median of five is well below."""
    took: list[float] = []
    with served(MemoryHubStore()) as hub, tills(hub, tmp_path / "1", tmp_path / "2") as (one, two):
        one.did(enrolled())
        two.wait_for(lambda view: view.fresh_ms is not None and two.store.member("m1") is not None)
        for number in range(5):
            began = time.monotonic()
            one.did(note(f"note {number}"))
            await_note(two, f"note {number}")
            took.append(time.monotonic() - began)
        one.wait_for(lambda view: view.waiting == 0 and view.state is LineState.ONLINE)
    assert sorted(took)[2] < 1, took


def test_a_till_that_comes_later_has_it_all_at_once_and_goes_on(tmp_path: Path) -> None:
    """By the prepared replica first, then by the feed from its cursor."""
    folder = tmp_path / "snapshots"
    store = MemoryHubStore()
    with served(store, folder) as hub, tills(hub, tmp_path / "1") as (one,):
        one.did(enrolled(), *(note(f"note {number}") for number in range(300)))
        one.wait_for(lambda view: view.waiting == 0)
        build(store, folder, Replica(snapshot.build, snapshot.SCHEMA), ms(SystemClock().now()), lambda *_: None)
        with tills(hub, tmp_path / "3", with_snapshots=True) as (three,):
            three.wait_for(lambda view: view.fresh_ms is not None and "note 299" in notes_at(three))
            three.wait_for(lambda view: len(three.installed) == 1 and view.state is LineState.ONLINE)
            one.did(note("after"))
            await_note(three, "after")


def test_a_till_of_a_scope_has_its_own_members_from_the_first_file_on(tmp_path: Path) -> None:
    """By the file of its scope, then by the feed; put into another scope it takes everything anew, in a real store."""
    folder, store = tmp_path / "snapshots", MemoryHubStore()
    with served(store, folder) as hub, tills(hub, tmp_path / "1", tmp_path / "2") as (one, two):
        one.did(enrolled(), member_id="m1")
        two.did(enrolled(), member_id="m2")
        two.wait_for(lambda view: view.waiting == 0 and two.store.member("m1") is not None)
        list(set_up(store, {"store:1": ["1"], "region:both": ["1", "2", "3"]}, RandomIds()))
        hub.authority.put_in_scope(one.store.terminal_id, "store:1")
        two.did(note("two"), member_id="m2")
        one.wait_for(lambda _: one.store.member("m2") is None and one.store.member("m1") is not None)
        one.did(note("one"), member_id="m1")
        one.wait_for(lambda view: view.waiting == 0)
        scope = hub.authority.scope_of(one.store.terminal_id)
        made = ms(SystemClock().now())
        replica = Replica(snapshot.build, snapshot.SCHEMA)
        build(store, folder_of(folder, scope), replica, made, lambda *_: None, scope)
        with tills(hub, tmp_path / "again" / "1", with_snapshots=True, scope="store:1") as (three,):
            three.wait_for(lambda view: len(three.installed) == 1 and view.fresh_ms is not None)
            assert (notes_at(three), three.store.member("m2")) == (["one"], None)
            one.did(note("after"))
            await_note(three, "after")
            hub.authority.put_in_scope(three.store.terminal_id, "region:both")
            two.did(note("later"), member_id="m2")
            three.wait_for(lambda _: three.store.member("m2") is not None)
