"""What every store does, in memory or on disk."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.json import encode as encode_json

from pos_loyalty.core.basket import BasketStatus
from pos_loyalty.core.event_bodies import IdentifierLinked, IdentifierRevoked, NameChanged, PassShown
from pos_loyalty.core.events import decode, encode
from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.members import Member, PersonName
from pos_loyalty.core.merging import forwarded, merged
from pos_loyalty.core.usage import UNUSED
from pos_loyalty.errors import InvariantBroken, StoreError
from pos_loyalty.ports import (
    Change,
    Committed,
    KeyReused,
    ProgramDocument,
    Replayed,
    ReplicaContents,
    StaleBasket,
    Store,
    StoreCounts,
)
from tests.store.shop import (
    DEADLINE_S,
    about,
    answer,
    basket,
    card,
    committed,
    done,
    enrolment,
    new_id,
    note,
    person,
    phone,
    product,
    program,
    replica,
)


def names(found: tuple[Member, ...]) -> list[str]:
    """Return ids in the order they were found."""
    return [member.member_id for member in found]


ROYA = person("m-roya", "رویا", "کریمی", card("PL-1"), phone("+989123456789"))
JOHN = person("m-john", "John", "O'Neil", card("PL-2"), phone("+14155550123"))
ABDULLAH = person("m-abd", "عبد الله", "الصالح", card("PL-3"), phone("+966501234567"))


class TestEmpty:
    """A store to which nothing has happened."""

    def test_an_empty_store_answers_nothing_and_raises_nothing(self, store: Store) -> None:
        """True if every read of an empty store has an empty answer."""
        assert store.lookup("PL-1") == ()
        assert store.member("m") is None
        assert store.search("roya", 10) == ()
        assert store.product("1") is None
        assert (store.products(), store.programs(), store.live_baskets(), store.events()) == ((), (), (), ())
        assert store.basket("b") is None
        assert store.session() is None
        assert store.answer("k") is None
        assert store.counts() == StoreCounts(members=0, events=0, waiting=0)
        assert (store.voucher("v"), store.sale("e"), store.usage(), store.unreadable_programs()) == (
            None,
            None,
            UNUSED,
            (),
        )

    def test_a_terminal_has_a_name(self, store: Store) -> None:
        """True if a new journal got an id."""
        assert len(store.terminal_id) == len(new_id())


class TestReplica:
    """What came from the hub."""

    def test_a_code_names_its_member(self, store: Store) -> None:
        """True if each identifier of a document leads to the whole document."""
        assert store.load(replica(ROYA, JOHN)) == 2
        assert store.lookup("PL-1") == store.lookup("+989123456789") == (ROYA,)
        assert store.member("m-john") == JOHN
        assert store.lookup("PL-9") == ()

    def test_a_code_of_two_members_names_both_by_id(self, store: Store) -> None:
        """True if ambiguity is shown, in a stable order."""
        second = person("m-a", "Ali", "Karimi", card("PL-1"))
        store.load(replica(ROYA, second))
        assert store.lookup("PL-1") == (second, ROYA)

    def test_the_same_identifier_twice_in_a_document_is_one(self, store: Store) -> None:
        """True if a card that is also a barcode names its member once."""
        store.load(replica(person("m", "A", "B", card("1"), phone("1"), card("1"))))
        assert names(store.lookup("1")) == ["m"]

    def test_a_load_replaces_everything_that_came_before(self, store: Store) -> None:
        """True if nothing of the old replica is left, and everything of the new one is there."""
        store.load(ReplicaContents(members=(ROYA,), products=(product("p", "1"),), programs=(program("club", 1),)))
        store.load(ReplicaContents(members=(JOHN,), products=(product("q", "2"),), programs=(program("vip", 1),)))
        assert store.lookup("PL-1") == store.search("رویا", 5) == ()
        assert store.product("1") is None
        assert [p.product_id for p in store.products()] == ["q"]
        assert [p.program_id for p in store.programs()] == ["vip"]
        assert store.counts().members == 1

    def test_contents_that_contradict_themselves_change_nothing(self, store: Store) -> None:
        """True if two documents of one member are refused and the old replica still answers."""
        store.load(replica(ROYA))
        with pytest.raises(InvariantBroken, match="contradicts itself"):
            store.load(replica(JOHN, JOHN))
        assert store.lookup("PL-1") == (ROYA,)
        assert store.member("m-john") is None

    def test_a_stream_that_breaks_changes_nothing(self, store: Store) -> None:
        """True if an error while members come leaves the old replica."""

        def broken() -> Iterator[Member]:
            yield JOHN
            raise EOFError

        store.load(replica(ROYA))
        with pytest.raises(EOFError):
            store.load(ReplicaContents(members=broken()))
        assert store.lookup("PL-1") == (ROYA,)
        assert store.lookup("PL-2") == ()

    def test_a_product_is_found_by_code_and_by_id_and_the_code_wins(self, store: Store) -> None:
        """True if a register may use either, and a code is never taken for another product's id."""
        store.load(ReplicaContents(members=(), products=(product("10", "A", "B"), product("20", "10"))))
        first, second = store.products()
        assert [store.product(code) for code in ("A", "B", "20", "10")] == [first, first, second, second]

    def test_every_version_of_a_program_is_there(self, store: Store) -> None:
        """True if a version that begins tomorrow does not hide the one that holds today."""
        versions = (program("club", 2), program("club", 10), program("club", 9), program("a", 1))
        store.load(ReplicaContents(members=(), programs=versions))
        assert [p.stamp for p in store.programs()] == ["a@1", "club@2", "club@9", "club@10"]

    def test_a_program_of_a_newer_build_is_left_out_and_named(self, store: Store) -> None:
        """True if a kind or field that this build does not know neither stops the others nor is silently gone."""
        newer = (
            ProgramDocument(program_id="club", version=2, document=b'{"kind":"lottery"}'),
            ProgramDocument(program_id="vip", version=1, document=encode_json(program("vip", 1))),
        )
        store.load(ReplicaContents(members=(), programs=(program("club", 1), *newer)))
        assert [p.stamp for p in store.programs()] == ["club@1", "vip@1"]
        assert store.unreadable_programs() == ("club@2",)

    def test_programs_are_the_same_object_until_a_load(self, store: Store) -> None:
        """True if whoever made something of the programs can tell by ``is`` whether it still holds."""
        for _ in range(2):
            store.load(ReplicaContents(members=(), programs=(program("club", 1),)))
            came = store.programs()
            committed(store, note("m"))
            assert store.programs() is came
            store.load(ReplicaContents(members=(), programs=(program("club", 1),)))
            assert store.programs() is not came


class TestPending:
    """This till's own events on top of the replica."""

    def test_an_enrolled_member_is_there_at_once(self, store: Store) -> None:
        """True if id, code, name and phone of a member enrolled here lead to it."""
        committed(store, enrolment("m-new", "سارا", "نوری", card("PL-7"), phone("+989120000007")))
        found = store.member("m-new")
        assert found is not None
        assert found.name.given == "سارا"
        assert store.lookup("PL-7") == store.search("سارا", 5) == store.search("0912000", 5) == (found,)
        assert store.counts() == StoreCounts(members=0, events=1, waiting=1)

    def test_what_is_shown_is_the_fold_of_the_pending_events(self, store: Store) -> None:
        """True if a document with events equals the fold from scratch of those events on the document."""
        store.load(replica(ROYA))
        committed(store, note("m-roya", "one"), note("m-john", "not hers"))
        committed(store, note("m-roya", "two"))
        mine = [event for event in store.events() if event.member_id == "m-roya"]
        folded = apply_all(ROYA, mine)
        assert [n.text for n in folded.notes] == ["two", "one"]
        assert store.member("m-roya") == folded
        assert store.lookup("PL-1") == store.search("رویا", 5) == (folded,)

    def test_a_pass_makes_a_member_until_the_document_comes(self, store: Store) -> None:
        """True if whoever is known by a pass alone is there at once, and gives way to the document."""
        committed(store, about("m-roya", PassShown(instance_id="m-roya@1", name="Roya N", tier="gold")), note("m-roya"))
        found = store.member("m-roya")
        assert found is not None
        assert (found.name.given, found.tier, found.from_pass, len(found.notes)) == ("Roya N", "gold", True, 1)
        assert store.search("roya", 5) == (found,)
        store.load(replica(ROYA))
        known = store.member("m-roya")
        assert known is not None
        assert (known.name, known.tier, known.from_pass, len(known.notes)) == (ROYA.name, ROYA.tier, False, 1)

    def test_the_newest_step_of_a_rotating_pass_is_kept(self, store: Store) -> None:
        """True if each pass has its own, in whatever order they come; a step alone makes nobody known."""
        assert store.pass_step("m@1") == -1
        committed(store, *(about("m", PassShown(instance_id="m@1", step=step)) for step in (7, 9, 8)))
        committed(store, about("m", PassShown(instance_id="m@2", step=3)), about("m", PassShown(instance_id="m@3")))
        assert [store.pass_step(f"m@{instance}") for instance in (1, 2, 3, 4)] == [9, 3, -1, -1]
        assert store.member("m") is None

    def test_an_event_about_nobody_known_makes_no_member(self, store: Store) -> None:
        """True if a note on an unknown id is kept as an event and shows nobody."""
        committed(store, note("m-ghost"))
        assert store.member("m-ghost") is None
        assert store.counts().waiting == 1

    def test_a_linked_code_names_its_member_and_a_revoked_one_does_not(self, store: Store) -> None:
        """True if links made and taken back here hold before the hub has heard of them."""
        store.load(replica(ROYA, JOHN))
        committed(store, about("m-roya", IdentifierLinked(identifier=card("PL-5"))))
        committed(store, about("m-roya", IdentifierRevoked(identifier=card("PL-1"))))
        assert names(store.lookup("PL-5")) == ["m-roya"]
        assert store.lookup("PL-1") == ()
        committed(store, about("m-john", IdentifierLinked(identifier=card("PL-1"))))
        assert names(store.lookup("PL-1")) == ["m-john"]
        committed(store, about("m-roya", IdentifierRevoked(identifier=card("PL-5"))))
        assert store.lookup("PL-5") == ()

    def test_a_renamed_member_is_found_by_the_new_name_only(self, store: Store) -> None:
        """True if search follows a correction that the replica has not seen."""
        store.load(replica(ROYA, JOHN))
        committed(store, about("m-john", NameChanged(name=PersonName(given="Jane", family="Doe"))))
        assert names(store.search("jane", 5)) == ["m-john"]
        assert store.search("oneil", 5) == ()
        committed(store, about("m-john", NameChanged(name=PersonName(given="Joan", family="Doe"))))
        assert store.search("jane", 5) == ()
        assert names(store.search("doe", 5)) == ["m-john"]

    def test_a_member_renamed_here_is_found_by_what_a_new_replica_says(self, store: Store) -> None:
        """True if a load reaches members whose own changes are pending, however often they were searched before."""
        store.load(replica(JOHN))
        committed(store, about("m-john", NameChanged(name=PersonName(given="Jane", family="Doe"))))
        assert names(store.search("415", 5)) == ["m-john"]
        store.load(replica(person("m-john", "John", "O'Neil", phone("+442071234567"))))
        assert names(store.search("0207", 5)) == names(store.search("jane", 5)) == ["m-john"]
        assert store.search("415", 5) == ()

    def test_events_that_the_document_contains_are_not_folded_again(self, store: Store) -> None:
        """True if a replica that has caught up shows each note once."""
        committed(store, enrolment("m-new", "Sara", "N", card("PL-7")), note("m-new", "one"))
        document = store.member("m-new")
        assert document is not None
        store.load(replica(document))
        assert store.member("m-new") == document
        assert store.lookup("PL-7") == store.search("sara", 3) == (document,)


class TestSearch:
    """Names and phones as people type them."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("رويا", ["m-roya"]),
            ("كريمي رویا", ["m-roya"]),
            ("کری", ["m-roya"]),
            ("ONEIL", ["m-john"]),
            ("john o'n", ["m-john"]),
            ("johnoneil", ["m-john"]),
            ("عبدالله", ["m-abd"]),
            ("عبد الله", ["m-abd"]),
            ("عبدالله الصالح", ["m-abd"]),
            ("الصالح عبد", ["m-abd"]),
            ("ohn", []),
            ("roya smith", []),
        ],
    )
    def test_every_word_begins_a_word_of_the_name(self, store: Store, text: str, expected: list[str]) -> None:
        """True if spelling, script variants, spaces and the order of words do not matter."""
        store.load(replica(ROYA, JOHN, ABDULLAH))
        assert names(store.search(text, 10)) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("+98 912 345", ["m-roya"]),
            ("0098912345", ["m-roya"]),
            ("0912-345 67", ["m-roya"]),
            ("۰۹۱۲۳۴۵", ["m-roya"]),
            ("6789", ["m-roya"]),
            ("415", ["m-john"]),
            ("0501", ["m-abd"]),
            ("34567", ["m-abd"]),
            ("0000", []),
            ("91", []),
        ],
    )
    def test_digits_are_the_beginning_or_the_end_of_a_phone(self, store: Store, text: str, expected: list[str]) -> None:
        """True if a phone is found with or without country code, or by its last digits."""
        store.load(replica(ROYA, JOHN, ABDULLAH))
        assert names(store.search(text, 10)) == expected

    def test_whole_words_come_before_beginnings_and_then_names_in_order(self, store: Store) -> None:
        """True if Ali comes before Alireza, and Ali A. before Ali B."""
        store.load(
            replica(
                person("1", "Alireza", "A"), person("2", "Ali", "B"), person("3", "Ali", "A"), person("4", "Al", "C")
            )
        )
        committed(store, enrolment("5", "Ali", "AA"))
        assert names(store.search("ali", 10)) == ["3", "5", "2", "1"]
        assert names(store.search("ali", 2)) == ["3", "5"]
        assert store.search("ali", 0) == ()

    def test_a_name_written_with_another_space_is_whole_too(self, store: Store) -> None:
        """True if عبد الله finds the عبدالله before somebody whose name only begins so."""
        store.load(replica(person("1", "عبداللهی", "ا"), person("2", "یحیی", "عبدالله")))
        assert names(store.search("عبد الله", 5)) == ["2", "1"]

    @pytest.mark.parametrize(
        "text", ["", " ", '"', "'", "* OR *", "a AND", "NEAR(", "((", "-", "^a", "{x}:", "\x00", "\ud800", "ـَُِ", "😀"]
    )
    def test_signs_are_no_operators(self, store: Store, text: str) -> None:
        """True if nothing that can be typed is an error."""
        store.load(replica(JOHN))
        assert store.search(text, 5) == ()

    @pytest.mark.parametrize("text", ["x" * 10_000, "x " * 5_000, "9" * 10_000, '"' * 10_000, "م" * 10_000])
    def test_ten_thousand_characters_are_no_trouble(self, store: Store, text: str) -> None:
        """True if a cat on the keyboard finds nobody."""
        store.load(replica(JOHN))
        assert store.search(text, 5) == ()


class TestCommit:
    """All of a change, or nothing."""

    def test_events_get_contiguous_numbers_in_order(self, store: Store) -> None:
        """True if seq runs from 1 over all changes and events read back as they were sealed."""
        first = committed(store, note("m", "a"), note("m", "b"))
        second = committed(store, note("m", "c"))
        assert [event.seq for event in (*first.events, *second.events)] == [1, 2, 3]
        assert store.events() == (*first.events, *second.events)
        assert {event.terminal_id for event in store.events()} == {store.terminal_id}
        assert all(decode(encode(event)) == event for event in store.events())

    def test_events_are_read_by_pages(self, store: Store) -> None:
        """True if after_seq and limit cut where they say."""
        committed(store, *(note("m", str(n)) for n in range(5)))
        assert [e.seq for e in store.events(after_seq=1, limit=3)] == [2, 3, 4]
        assert store.events(after_seq=5) == ()

    def test_a_basket_a_session_and_an_answer_are_kept_with_the_events(self, store: Store) -> None:
        """True if every part of a change is readable once its future has ended."""
        change = Change(events=(note("m"),), basket=basket("b", 1), session=b"here", answer=answer("k"))
        assert isinstance(done(store, change), Committed)
        assert store.basket("b") == change.basket
        assert store.session() == b"here"
        assert store.answer("k") == change.answer
        done(store, Change(basket=basket("b", 2)))
        assert store.session() == b"here"

    def test_an_empty_change_is_committed(self, store: Store) -> None:
        """True if nothing to do is done."""
        assert done(store, Change()) == Committed(events=())

    def test_a_retry_gets_the_first_answer_and_changes_nothing(self, store: Store) -> None:
        """True if key and digest decide, not the body of the retry."""
        first = answer("k", body=b"first")
        done(store, Change(events=(note("m"),), basket=basket("b", 1), answer=first))
        retry = Change(events=(note("m"),), basket=basket("b", 1), session=b"x", answer=answer("k", body=b"second"))
        assert done(store, retry) == Replayed(answer=first)
        assert (len(store.events()), store.session()) == (1, None)

    def test_a_key_used_for_another_request_is_refused(self, store: Store) -> None:
        """True if the other request learns of the first answer and leaves no trace."""
        first = answer("k", digest=b"1" * 32)
        done(store, Change(answer=first))
        outcome = done(store, Change(events=(note("m"),), answer=answer("k", digest=b"2" * 32)))
        assert outcome == KeyReused(answer=first)
        assert store.events() == ()

    @pytest.mark.parametrize("revision", [0, 1, 2, 4])
    def test_a_basket_changes_from_the_revision_that_was_seen(self, store: Store, revision: int) -> None:
        """True if only the next revision is accepted and the loser sees the basket as it stands."""
        done(store, Change(basket=basket("b", 1)))
        done(store, Change(basket=basket("b", 2)))
        change = Change(events=(note("m"),), basket=basket("b", revision), session=b"x", answer=answer("k"))
        assert done(store, change) == StaleBasket(basket=basket("b", 2))
        assert (store.basket("b"), store.events(), store.session()) == (basket("b", 2), (), None)
        assert store.answer("k") is None

    def test_a_new_basket_has_revision_one(self, store: Store) -> None:
        """True if a later revision of an unknown basket is refused."""
        assert done(store, Change(basket=basket("b", 2))) == StaleBasket(basket=None)
        assert store.basket("b") is None

    def test_live_baskets_are_the_open_and_priced_ones(self, store: Store) -> None:
        """True if a basket leaves the list when it is paid or given up, and stays readable."""
        for number, status in enumerate(BasketStatus):
            done(store, Change(basket=basket(f"b{number}", 1, status)))
        assert [b.basket_id for b in store.live_baskets()] == ["b0", "b1"]
        done(store, Change(basket=basket("b0", 2, BasketStatus.VOIDED)))
        assert [b.basket_id for b in store.live_baskets()] == ["b1"]
        voided = store.basket("b0")
        assert voided is not None
        assert voided.status is BasketStatus.VOIDED

    def test_an_event_id_is_never_stored_twice(self, store: Store) -> None:
        """True if the change with the known id is refused whole and the numbers have no gap after it."""
        draft = note("m", event_id=new_id())
        committed(store, draft)
        for events in ((note("m"), draft), (draft,), (twin := note("m"), twin)):
            future = store.commit(Change(events=events, basket=basket("b", 1), answer=answer("k")))
            with pytest.raises(InvariantBroken):
                future.result(DEADLINE_S)
        assert (len(store.events()), store.basket("b"), store.answer("k")) == (1, None, None)
        assert committed(store, note("m")).events[0].seq == 2

    @pytest.mark.parametrize("value", ["\ud800", 5])
    def test_what_could_not_be_read_again_is_not_written(self, store: Store, value: Any) -> None:  # noqa: ANN401 - wrong on purpose
        """True if an event whose body does not read back is refused whole, and the store goes on."""
        future = store.commit(Change(events=(note("m"), about("m", IdentifierLinked(identifier=card(value))))))
        with pytest.raises(InvariantBroken, match="cannot be written and read"):
            future.result(DEADLINE_S)
        assert store.events() == ()
        assert committed(store, note("m")).events[0].seq == 1

    def test_a_closed_store_promises_nothing(self, store: Store) -> None:
        """True if a commit after close fails, and a second close is no trouble."""
        store.close()
        store.close()
        with pytest.raises(StoreError, match="closed"):
            store.commit(Change(session=b"x")).result(DEADLINE_S)


class TestMerged:
    """One person who was two members: the document of the one has the other in it, whose own only points there."""

    TWIN = person("m-twin", "R.", "Karimi", card("PL-9"))
    ONE = merged(ROYA, TWIN)
    LEFT = forwarded(TWIN, "m-roya")

    def test_the_old_id_leads_to_the_one(self, store: Store) -> None:
        """True if it does, through any number of merges, and a card or a name finds one person."""
        third = person("m-third", "Roya", "K.")
        one = merged(merged(ROYA, merged(self.TWIN, third)), JOHN)
        store.load(replica(one, self.LEFT, forwarded(third, "m-twin"), forwarded(JOHN, "m-roya"), ABDULLAH))
        assert [store.member(each) for each in ("m-roya", "m-twin", "m-third", "m-john")] == [one] * 4
        assert store.lookup("PL-9") == store.lookup("PL-1") == store.search("رویا", 5) == (one,)
        assert names(store.search("عبد", 5)) == ["m-abd"]

    def test_what_this_till_did_under_either_id_shows_on_the_one(self, store: Store) -> None:
        """True if nothing pending is lost, by whichever way the member is found."""
        store.load(replica(ROYA, self.TWIN))
        committed(store, note("m-twin", "one"), note("m-roya", "two"), note("m-twin", "three"))
        store.load(replica(self.ONE, self.LEFT))
        one = store.member("m-twin")
        assert one is not None
        assert (one.member_id, {each.text for each in one.notes}) == ("m-roya", {"one", "two", "three"})
        assert [store.member("m-roya")] == [*store.lookup("PL-9")] == [*store.search("رویا", 5)] == [one]

    def test_a_card_given_under_the_old_id_is_a_card_of_the_one(self, store: Store) -> None:
        """True if who is found by it is the one, and only the one."""
        store.load(replica(ROYA, self.TWIN))
        committed(store, about("m-twin", IdentifierLinked(identifier=card("PL-10"))))
        store.load(replica(self.ONE, self.LEFT))
        assert names(store.lookup("PL-10")) == names(store.lookup("PL-9")) == ["m-roya"]
        committed(store, about("m-roya", NameChanged(name=PersonName(given="Golnaz", family="Karimi"))))
        assert names(store.search("golnaz", 5)) == ["m-roya"]
        assert store.search("رویا", 5) == ()

    def test_who_was_enrolled_here_and_merged_before_the_hub_knew_is_the_one(self, store: Store) -> None:
        """True if the enrolment is folded into the one's document, which keeps its own name."""
        committed(store, enrolment("m-new", "R.", "K.", card("PL-11")))
        new = Member(member_id="m-new", from_pass=True)
        store.load(replica(merged(ROYA, new), forwarded(new, "m-roya")))
        assert names(store.lookup("PL-11")) == ["m-roya"]
        one = store.member("m-new")
        assert one is not None
        assert one.name == ROYA.name

    def test_one_whose_other_is_not_here_is_nobody(self, store: Store) -> None:
        """True if a till of another store finds nobody rather than a member without a name; a circle ends."""
        store.load(replica(self.LEFT, Member(member_id="a", merged_into="b"), Member(member_id="b", merged_into="a")))
        assert store.member("m-twin") is None
        committed(store, note("m-twin"))
        assert store.member("m-twin") is None
        assert store.member("a") is not None
