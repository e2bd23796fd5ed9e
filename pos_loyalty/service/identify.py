"""Whom, or what, a reading names: one answer for scans, typed codes and plug-ins.

What a reading is has been decided before (:mod:`pos_loyalty.core.decisions`); here the shop says whether it knows it.
Several ways to understand a reading are looked up each: one that is known is the answer, two are no answer.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.decisions import Candidate, Decision, Fields, Outcome, Via
from pos_loyalty.core.identifiers import CODE_LENGTH_MAX, normal_code
from pos_loyalty.core.members import Member
from pos_loyalty.core.passes import Accepted
from pos_loyalty.core.products import Product
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.ports import Recognised, Recogniser, Store
from pos_loyalty.service.wire import IdentifyAnswer

TEXT_LENGTH_MAX = 4352
"""Characters of the longest text that is looked at; a QR code holds 4,296 (ISO/IEC 18004 §7.4.1)."""
_GTIN_LENGTHS = (14, 13, 12, 8)
_MEASURES = frozenset({"price", "weight", "weight_kg", "weight_lb", "count"})
"""Fields of goods whose price is not that of the product."""


class Refused(msgspec.Struct, frozen=True):
    """The reading names nothing, or may not be looked up."""

    why: NoticeCode
    reason: str = ""
    """One sentence for a person; it never quotes the reading."""


class BasketCode(msgspec.Struct, frozen=True):
    """The code of a promotion, a voucher or a gift card."""

    code: str


Found = tuple[Member, ...] | Product | BasketCode | Accepted
"""One member, several if they share the code (never none), a product, a code for the basket, or a good pass."""
Identified = Found | Refused

Opens = Callable[[str], bool]
"""Whether a code opens something in a basket."""
CheckPass = Callable[[str], Accepted | Refused]

_VOUCHERS = (Outcome.VOUCHER, Outcome.GIFT_CARD)
_REFUSED = {Outcome.PAYMENT_CARD: NoticeCode.PAYMENT_CARD, Outcome.UNREADABLE: NoticeCode.UNREADABLE}


def recognised(recognise: Recogniser, text: str, via: Via) -> Recognised | Refused:
    """Decide what a text is that came without a reader; ``recognise`` refuses payment cards before all else."""
    if len(text) > TEXT_LENGTH_MAX:
        return Refused(NoticeCode.TOO_LONG)
    if not normal_code(text):
        return Refused(NoticeCode.EMPTY_CODE)
    found = recognise(text, via)
    if len(text) > CODE_LENGTH_MAX and found.decision.outcome is Outcome.UNKNOWN:
        return Refused(NoticeCode.TOO_LONG)
    return found


def identify(store: Store, reading: Recognised, check_pass: CheckPass, opens: Opens) -> Identified:
    """Look up what was read: what it means first, then its text, as of a card older than this program.

    Raises:
        StoreError: the store cannot be read.
    """
    decision = reading.decision
    if (why := _REFUSED.get(decision.outcome)) is not None:
        return Refused(why, decision.reason)
    look = _Look(store, check_pass, opens)
    answers = [answer for one in _candidates(decision) if (answer := look.up(one)) is not None]
    refusal = next((answer for answer in answers if isinstance(answer, Refused)), None)
    known = [answer for answer in answers if not isinstance(answer, Refused)]
    if not known and refusal is None:
        known = [answer for code in reading.codes if (answer := look.up_text(code)) is not None]
    return _only(known) or refusal or Refused(NoticeCode.UNKNOWN_CODE, decision.reason)


def answer_of(
    reading: Recognised | Refused, found: tuple[Member, ...] | Product | BasketCode | Refused
) -> IdentifyAnswer:
    """Return what a plug-in is told."""
    decision = reading.decision if isinstance(reading, Recognised) else None
    answer = IdentifyAnswer(
        outcome="",
        reading=decision.outcome if decision else None,
        candidates=decision.candidates if decision else (),
    )
    match found:
        case Refused(why=NoticeCode.UNKNOWN_CODE) | BasketCode() if answer.reading in _VOUCHERS:
            return replace(answer, outcome=answer.reading.value)
        case Refused():
            return replace(answer, outcome=found.why.value, reason=found.reason)
        case Product():
            return replace(answer, outcome="product", product=found)
        case (_,):
            return replace(answer, outcome="member", members=found)
        case _:
            return replace(answer, outcome="ambiguous", members=found)


def _candidates(decision: Decision) -> tuple[Candidate, ...]:
    if decision.outcome is Outcome.UNKNOWN:
        return ()
    return decision.candidates or (Candidate(decision.outcome, decision.symbology, decision.fields),)


def _only(known: list[Found]) -> Identified | None:
    """Return the one thing that is known, None if nothing is. Members may be chosen from, other things may not."""
    different = [found for n, found in enumerate(known) if found not in known[:n]]
    if len(different) < 2:  # noqa: PLR2004 - one answer or none needs no choice
        return different[0] if different else None
    members = [member for found in different if isinstance(found, tuple) for member in found]
    if all(isinstance(found, tuple) for found in different):
        return _each_once(members)
    return Refused(NoticeCode.AMBIGUOUS_CODE, "it names several things that the shop knows: use another code")


class _Look:
    """What the store knows of one way to understand a reading, by what that is."""

    def __init__(self, store: Store, check_pass: CheckPass, opens: Opens) -> None:
        self._store = store
        self._opens = opens
        self._is_tried = False
        """Whether a voucher was looked for. Each miss counts as a guess: its text is not looked for again."""
        self._ways: dict[Outcome, Callable[[Fields], Identified | None]] = {
            Outcome.MEMBER: self._card,
            Outcome.PRODUCT: self._product,
            Outcome.VOUCHER: self._voucher,
            Outcome.GIFT_CARD: self._voucher,
            Outcome.PASS: lambda fields: check_pass(_text(fields, "pass")),
            Outcome.PHONE: lambda fields: self._lookup(_text(fields, "phone")) or None,
            Outcome.CONTACT: lambda fields: self._owners(fields["phones"]) or None,
        }

    def up(self, candidate: Candidate) -> Identified | None:
        return self._ways[candidate.outcome](candidate.fields)

    def up_text(self, text: str) -> Found | None:
        code = normal_code(text)
        if (found := self._lookup(code) or self._store.product(code)) is not None:
            return found
        return BasketCode(text) if not self._is_tried and self._opens(text) else None

    def _lookup(self, code: str) -> tuple[Member, ...]:
        return self._store.lookup(normal_code(code))

    def _owners(self, phones: Iterable[str]) -> tuple[Member, ...]:
        return _each_once([member for phone in phones for member in self._lookup(phone)])

    def _voucher(self, fields: Fields) -> BasketCode | None:
        self._is_tried = True
        code = _text(fields, "code") or _text(fields, "number")
        return BasketCode(code) if self._opens(code) else None

    def _card(self, fields: Fields) -> Identified | None:
        """Find a member by card: ``number`` stands for any card, ``number.instance`` for that one (GS1 8018, 8019)."""
        number, instance = _text(fields, "number") or _text(fields, "tag"), _text(fields, "instance")
        if instance and (exact := self._lookup(f"{number}.{instance}")):
            return exact
        members = self._lookup(number)
        if not (instance and members):
            return members or None
        any_card = tuple(member for member in members if not _names_instances(member, number))
        return any_card or Refused(NoticeCode.CARD_REPLACED, "the card was replaced by a newer one of the same member")

    def _product(self, fields: Fields) -> Product | Refused | None:
        """Find a product by number, whatever zeros stand before it; goods by measure are not sold at another price."""
        gtin, item = _text(fields, "gtin"), _text(fields, "item")
        names = (*_forms(gtin), _text(fields, "number"))
        product = next((found for name in names if (found := self._store.product(name)) is not None), None)
        if product is not None and not gtin:
            return product
        product = product or (self._store.product(item) if item else None)
        if product is not None and not _MEASURES.isdisjoint(fields):
            return Refused(NoticeCode.PRICE_IN_CODE, "the price or measure in the code is not sold by: type the amount")
        return product


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def _forms(gtin: str) -> Iterator[str]:
    """Yield a GTIN of 14 digits in each length that its zeros allow (GS1 General Specifications, 3.3.2)."""
    padding = len(gtin) - len(gtin.lstrip("0"))
    return (gtin[-length:] for length in _GTIN_LENGTHS if gtin and len(gtin) - length <= padding)


def _names_instances(member: Member, number: str) -> bool:
    return any(identifier.value.startswith(f"{number}.") for identifier in member.identifiers)


def _each_once(members: list[Member]) -> tuple[Member, ...]:
    return tuple({member.member_id: member for member in members}.values())
