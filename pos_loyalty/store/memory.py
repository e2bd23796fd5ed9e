"""The same store in memory: the port's meaning in its simplest form, for tests and for trying things out."""

from concurrent.futures import Future
from datetime import datetime
from threading import RLock

from msgspec.structs import asdict, replace

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.feed import Row
from pos_loyalty.core.members import Member, Used
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import Program
from pos_loyalty.core.rows import VoucherRow
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.subjects import shared_counts, subjects
from pos_loyalty.core.usage import Usage
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.errors import InvariantBroken, PosLoyaltyError, StoreError
from pos_loyalty.ports import Answer, Change, Committed, Ids, Outcome, ProgramDocument, ReplicaContents, StoreCounts
from pos_loyalty.store.name_search import keys_of, query
from pos_loyalty.store.program_documents import Programs, document_of, read_programs
from pos_loyalty.store.semantics import (
    counters_matter_from,
    introduces,
    is_named,
    newest_step,
    refusal,
    sale_of,
    sealed,
    shown,
    voucher_now,
)
from pos_loyalty.store.visitors import Visitors


class MemoryStore:
    """A :class:`~pos_loyalty.ports.Store` that forgets everything when it is let go. A commit is done at once."""

    def __init__(self, *, ids: Ids) -> None:
        self.replica_reset = False
        self.edition = 0
        """Rises with every load."""
        self._terminal_id = ids()
        self._documents: dict[str, Member] = {}
        self._products: dict[str, Product] = {}
        self._programs = Programs((), ())
        self._vouchers: dict[str, VoucherRow] = {}
        self._visitors = Visitors(lambda: 0)
        self._used: dict[str, Used] = {}
        self._events: list[Event] = []
        self._baskets: dict[str, Basket] = {}
        self._answers: dict[str, Answer] = {}
        self._session: bytes | None = None
        self._closed = False
        self._turn = RLock()

    @property
    def terminal_id(self) -> str:
        """Name of this installation."""
        return self._terminal_id

    def lookup(self, code: str) -> tuple[Member, ...]:
        """Return the members that ``code`` (in normal form) names, by id."""
        with self._turn:
            visiting = [member.member_id for member in self._visitors.by_code(code)]
            members = {member.member_id: member for member in self._members()}
            members |= {found.member_id: found for each in visiting if (found := self.member(each)) is not None}
        return tuple(members[each] for each in sorted(members) if is_named(members[each], code))

    def member(self, member_id: str) -> Member | None:
        """Return one member's document, pending events included."""
        with self._turn:
            document = self._owner(member_id)
            ids = document.ids if document else (member_id,)
            events = [event for event in self._events if event.member_id in ids]
            introduced = any(introduces(body_of(event)) for event in events)
            return shown(document, ids[0], events, introduced=introduced)

    def search(self, text: str, limit: int) -> tuple[Member, ...]:
        """Return members whose name or phone begins with the words of ``text``: whole words first, then by name."""
        asked = query(text)
        if asked is None:
            return ()
        ranked = [(asked.rank(member.member_id, keys_of(member)), member) for member in self._members()]
        found = sorted(((rank, member) for rank, member in ranked if rank is not None), key=lambda pair: pair[0])
        return tuple(member for _, member in found[: max(limit, 0)])

    def product(self, code: str) -> Product | None:
        """Return the product with this code (in normal form) or this id; a code wins over an id."""
        named = [product for product in self.products() if code in product.codes]
        return named[0] if named else self._products.get(code)

    def products(self) -> tuple[Product, ...]:
        """Return all products, by id."""
        return tuple(self._products[key] for key in sorted(self._products))

    def programs(self) -> tuple[Program, ...]:
        """Return every version of every program that can be read, by id and version; the same object until a load."""
        return self._programs.known

    def unreadable_programs(self) -> tuple[str, ...]:
        """Return the programs that were left out, as ``name@version``: this build does not know all that is in them."""
        return self._programs.unreadable

    def voucher(self, code: str) -> Voucher | None:
        """Return the voucher with this code (in normal form), with all that this till did to it."""
        with self._turn:
            row = self._vouchers.get(code) or self._visitors.voucher(code)
            return voucher_now(row, code, self._events)

    def sale(self, event_id: str) -> Sale | None:
        """Return the sale that this event of this till was, with all that came back of it."""
        with self._turn:
            found = [event for event in self._events if event.event_id == event_id]
            about = [event for event in self._events if event_id in subjects(body_of(event))]
        return sale_of(found[0], about) if found else None

    def pass_step(self, instance_id: str) -> int:
        """Return the newest step of a rotating pass that this till took, -1 if it took none."""
        with self._turn:
            return newest_step(self._events, instance_id)

    def usage(self) -> Usage:
        """Return what this till's events used of limits that are not one member's alone."""
        with self._turn:
            return Usage(used={key: used.amount for key, used in self._used.items()})

    def basket(self, basket_id: str) -> Basket | None:
        """Return one basket of this till, whatever became of it."""
        return self._baskets.get(basket_id)

    def live_baskets(self) -> tuple[Basket, ...]:
        """Return the baskets that are open or priced, oldest first."""
        with self._turn:
            live = [basket for basket in self._baskets.values() if basket.live]
        return tuple(sorted(live, key=lambda basket: (basket.opened_at, basket.basket_id)))

    def session(self) -> bytes | None:
        """Return the till session saved by the last change that carried one."""
        return self._session

    def answer(self, key: str) -> Answer | None:
        """Return the answer already given for an idempotency key."""
        return self._answers.get(key)

    def events(self, after_seq: int = 0, limit: int = 1_000) -> tuple[Event, ...]:
        """Return this till's own events in ``seq`` order."""
        return tuple(self._events[after_seq : after_seq + limit])

    def counts(self) -> StoreCounts:
        """Return how much is in the store; members that only this till knows are not counted."""
        return StoreCounts(members=len(self._documents), events=len(self._events), waiting=len(self._events))

    def waiting_since(self) -> datetime | None:
        """Return when the oldest event happened: the hub has acknowledged none."""
        return self._events[0].occurred_at if self._events else None

    def ended_to(self, before_ms: int) -> int:  # noqa: ARG002 - it has no hub
        """Return 0: the hub has ended no event."""
        return 0

    def commit(self, change: Change) -> "Future[Outcome]":
        """Do ``change`` or refuse it; the future has ended."""
        future: Future[Outcome] = Future()
        try:
            with self._turn:
                future.set_result(self._apply(change))
        except PosLoyaltyError as error:
            future.set_exception(error)
        return future

    def load(self, contents: ReplicaContents) -> int:
        """Replace the replica by ``contents``; return the number of members. The journal is left alone."""
        members = tuple(contents.members)
        documents = {member.member_id: member for member in members}
        products = {product.product_id: product for product in contents.products}
        versions = {(program.program_id, program.version): document_of(program) for program in contents.programs}
        vouchers = {v.code: VoucherRow(**asdict(v), applied=contents.applied) for v in contents.vouchers}
        if (len(documents), len(products), len(versions), len(vouchers)) != (
            len(members),
            len(contents.products),
            len(contents.programs),
            len(contents.vouchers),
        ):
            raise InvariantBroken("what came for the replica contradicts itself: two documents under one name")
        programs = read_programs(
            ProgramDocument(program_id=name, version=version, document=versions[name, version])
            for name, version in sorted(versions)
        )
        with self._turn:
            self._documents, self._products, self._programs = documents, products, programs
            self._vouchers = vouchers
            self.edition += 1
            self._visitors.clear()
        return len(members)

    def visiting(self, rows: tuple[Row, ...]) -> None:
        """Keep for a day what the hub sent for one customer, who is not of this store."""
        self._visitors.welcome(rows)

    def close(self) -> None:
        """Take no more changes."""
        self._closed = True

    def _members(self) -> list[Member]:
        with self._turn:
            known = {*self._documents, *(event.member_id for event in self._events if event.member_id is not None)}
            members = [self.member(member_id) for member_id in sorted(known)]
        return list({member.member_id: member for member in members if member is not None}.values())

    def _owner(self, member_id: str) -> Member | None:
        document = self._documents.get(member_id) or self._visitors.member(member_id)
        gone_by = {member_id}
        while document is not None and document.merged_into and document.merged_into not in gone_by:
            gone_by.add(document.merged_into)
            document = self._documents.get(document.merged_into) or self._visitors.member(document.merged_into)
        return document

    def _apply(self, change: Change) -> Outcome:
        if self._closed:
            raise StoreError("the store is closed; open it again")
        answer = self._answers.get(change.answer.key) if change.answer else None
        basket = self._baskets.get(change.basket.basket_id) if change.basket else None
        if refused := refusal(change, answer, basket):
            return refused
        taken = [event.event_id for event in self._events] + [draft.event_id for draft in change.events]
        if len(set(taken)) != len(taken):
            raise InvariantBroken("an event of this change is in the journal already")
        events = sealed(change, self._terminal_id, len(self._events))
        self._events += events
        self._count(change)
        if change.basket:
            self._baskets[change.basket.basket_id] = change.basket
        if change.session is not None:
            self._session = change.session
        if change.answer:
            self._answers[change.answer.key] = change.answer
        return Committed(events=events)

    def _count(self, change: Change) -> None:
        counts = [counted for draft in change.events for counted in shared_counts(draft.body)]
        for counted in counts:
            before = self._used.get(counted.key, Used(amount=0, until=counted.until))
            self._used[counted.key] = replace(before, amount=before.amount + counted.amount)
        if counts:
            day = counters_matter_from(change)
            self._used = {key: used for key, used in self._used.items() if used.until is None or used.until >= day}
