"""One reading, one answer: everything this package knows about codes, in the order that lets nothing slip. Pure.

1. A payment card is refused before anything else is asked.
2. The way it came decides: stripes and tags have a form of their own, and what came through a terminal is first
   turned back into what the reader meant.
3. Where the reader names the symbology, the symbology decides what the digits can be.
4. Else everything that fits is a candidate. One is the answer; several are an answer of their own, never a guess.

A member pass is recognised by how it begins and by nothing else: whether it is good is asked where the keys are.
"""

import re
from typing import Final

from drivers.codes import contacts, digital_link, ean, element_strings, gs1_meanings, meanings, stripe
from drivers.codes.application_identifiers import Element, ElementFault
from drivers.codes.decoding import GS, Decoded, decode, without_escapes
from drivers.codes.digital_link import LinkFault
from drivers.codes.guard import must_refuse, shows_payment_card
from drivers.codes.layout_undo import lost, undo
from drivers.codes.reading_settings import ReadingSettings
from drivers.codes.symbology import describe
from drivers.codes.tags import Tag, TagFault, tag
from pos_loyalty.core.decisions import Candidate, Decision, Outcome, Via
from pos_loyalty.core.identifiers import CODE_LENGTH_MAX, normal_code
from pos_loyalty.core.passes.armour import is_pass
from pos_loyalty.core.scans import ScanFault

_AIM: Final = re.compile(r"\](?P<aim>[A-Za-z][0-9A-Za-z])")
_LONG_DIGITS: Final = re.compile(r"[0-9]{20,}")
_NO_ANSWER_TO: Final = {
    ScanFault.PARITY: "the reader sends parity that the port does not expect: set both to the same",
    ScanFault.UNREADABLE: "the bytes are not text: scan again, or set the reader to send plain UTF-8",
    ScanFault.TOO_LONG: "no code is that long: set the reader to send a terminator",
    ScanFault.INTERRUPTED: "the end is missing: scan again",
    ScanFault.LOST_EVENTS: "the system dropped some of the keys, and what is left is another code: scan again",
    ScanFault.RANDOM_NUMBER: "a telephone or bank card that shows another number each time: use the member's own card",
}
_STRIPE_REASONS: Final = {
    stripe.StripeFault.READ_ERROR: "the reader could not read the stripe: swipe again",
    stripe.StripeFault.CUT: "the stripe was cut or garbled: swipe again",
    stripe.StripeFault.LRC: "the check character of a track does not fit: swipe again",
}
_WITHOUT_AIM: Final[frozenset[Via]] = frozenset({"terminal", "typed", "stripe", "hidmsr", "rfid"})
"""A text that begins with a bracket there is no AIM identifier, or, of the terminal, not yet one."""
_CARRIERS: Final[frozenset[Via]] = frozenset({"serial", "wedge", "typed", "hidpos", "pcsc", "camera"})
"""Where GS1 data and links may come from."""
_UID: Final = re.compile(r"uid:(?P<number>(?:[0-9A-F]{2}){4,10})")
"""How ``drivers`` write the number of a contactless card: 4, 7 or 10 bytes (ISO/IEC 14443-3), 8 of ISO/IEC 15693."""
_MORE_THAN_CODES: Final = (contacts.is_wifi, contacts.is_link, contacts.is_contact, stripe.has_sentinels)
_SECOND_PARTS: Final = frozenset({"e1", "e2", "e3"})
"""Of GS1 composites: what belongs to the key in the part before, which is another reading."""
_EAN: Final = "EAN/UPC"
_TAG_NAME: Final = "125 kHz tag"
_TAG_REASONS: Final = {
    TagFault.LENGTH: "a tag has ten digits and two of checksum: hold it closer",
    TagFault.NOT_HEX: "a tag has hexadecimal digits only: hold it closer",
    TagFault.CHECKSUM: "the checksum of the tag does not fit: hold it closer",
    TagFault.BLANK: "the tag has no number of its own: write one or take another",
}


def warm_up(settings: ReadingSettings) -> None:
    """Read a number that may be a telephone's: what knows them is loaded when one is first met, and takes 27 ms."""
    read(b"0912345", "serial", settings)


def refused(fault: ScanFault) -> Decision:
    """Return the answer to bytes that did not become text."""
    if fault is ScanFault.PAYMENT_CARD:
        return Decision(outcome=Outcome.PAYMENT_CARD, reason="a bank card: refused, and nothing of it is kept")
    return Decision(outcome=Outcome.UNREADABLE, reason=_NO_ANSWER_TO[fault])


def presented(found: Tag | TagFault) -> Decision:
    """Return the answer to a tag that was held to a reader."""
    if isinstance(found, Tag):
        return Decision(outcome=Outcome.MEMBER, symbology=_TAG_NAME, fields={"tag": found.number})
    return Decision(outcome=Outcome.UNREADABLE, symbology=_TAG_NAME, reason=_TAG_REASONS[found])


def read_text(text: str, via: Via, settings: ReadingSettings) -> Decision:
    """Decide what a text is that was typed, or came from another program."""
    return read(text.encode("utf-8", "surrogatepass"), via, settings)


def code_of(payload: bytes, decision: Decision) -> str:
    """Return the text by which a reading may be looked up, if nothing of what it means is known to the shop.

    Without its AIM identifier, and empty where the text is to be forgotten: GS1 data, links, passwords, contacts, and
    stripes, which hold the name of the cardholder beside the number.
    """
    aim, text = _split((without_escapes(payload) or b"").decode("utf-8", "replace"))
    if decision.outcome is Outcome.PASS:
        return text
    return text if _may_be_looked_up(text, aim) else ""


def read(payload: bytes, via: Via, settings: ReadingSettings) -> Decision:
    """Decide what one frame is, its framing taken off. For any bytes there is an answer."""
    if via not in _WITHOUT_AIM:
        plain = without_escapes(payload)
        if plain is None:
            return refused(ScanFault.UNREADABLE)
        payload = plain
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = None
    if text is not None and via in _WITHOUT_AIM:
        return decide(text, None, via, settings)
    if text is not None:
        # A contact, and a stripe of several tracks, is the only reading with line breaks inside.
        aim, body = _split(text)
        if contacts.is_contact(body) or stripe.has_sentinels(body):
            return decide(body, aim, via, settings)
    decoded = decode(payload)
    return refused(decoded) if isinstance(decoded, ScanFault) else decide(decoded.text, decoded.aim, via, settings)


def decide(text: str, aim: str | None, via: Via, settings: ReadingSettings) -> Decision:
    """Decide what one text is.

    Args:
        text: without framing. With ``via="terminal"`` as the terminal gave it, an AIM identifier included.
        aim: symbology by ISO/IEC 15424 if the reader named it, without the bracket.
        via: how it came.
        settings: what the shop's codes look like.
    """
    if must_refuse(Decoded(text, aim)):
        return refused(ScanFault.PAYMENT_CARD)
    if is_pass(text):
        named = describe(aim) if aim else None
        return Decision(outcome=Outcome.PASS, aim=aim, symbology=named.name if named else "", fields={"pass": text})
    if via in _CARRIERS and (decision := _gs1(text, aim, settings)):
        return decision
    decision = _decide(text, aim, via, settings)
    passed_on = text if _is_passed_on(decision, text, aim, via) else ""
    return refused(ScanFault.PAYMENT_CARD) if shows_payment_card(decision, passed_on) else decision


def _gs1(text: str, aim: str | None, settings: ReadingSettings) -> Decision | None:
    """Decide what GS1 data are, in a bar code or in a link; ``None`` for a text that is neither.

    They need no second look for bank cards: what is passed on has an identifier and, mostly, a check digit.
    """
    named = describe(aim) if aim else None
    found: tuple[Element, ...] | ElementFault | LinkFault
    if (named and named.is_gs1) or (aim is None and GS in text):
        # Without an AIM identifier some readers send the FNC1 in front too, as GS.
        found = element_strings.parse(text if aim else text.removeprefix(GS))
    elif contacts.is_link(text) and not (named and named.name == _EAN):
        found = digital_link.parse(text, settings.link_domains)
    else:
        return None
    symbology = named.name if named else ""
    if isinstance(found, tuple):
        candidates = gs1_meanings.of_elements(found, symbology)
        return _answer(candidates, aim, symbology, gs1_meanings.why_none(found), "the code has more than one GS1 key")
    reason = gs1_meanings.WHY_NOT_READ[found]
    if found in gs1_meanings.NOT_OURS:
        return _unknown(aim, symbology, reason)
    return Decision(outcome=Outcome.UNREADABLE, aim=aim, symbology=symbology, reason=reason)


def _decide(text: str, aim: str | None, via: Via, settings: ReadingSettings) -> Decision:
    if via == "terminal":
        return _typed(text, settings)
    if via == "rfid":
        return presented(tag(text))
    if via == "pcsc" and (uid := _UID.fullmatch(text)):
        return Decision(outcome=Outcome.MEMBER, symbology="NFC", fields={"tag": uid["number"]})
    if via in {"stripe", "hidmsr"} or (aim is None and stripe.has_sentinels(text)):
        return _stripe(text)
    return _code(text, aim, settings)


def _typed(text: str, settings: ReadingSettings) -> Decision:
    """Try every layout that may have been active; two that give different texts are two readings."""
    meant = {undone: layout for layout in settings.layouts if (undone := undo(text, layout)) is not None}
    decisions = [_typed_under(layout, undone, settings) for undone, layout in meant.items()]
    if not decisions:
        reason = "no configured keyboard layout types this: set the layout that is active when the reader is used"
        return Decision(outcome=Outcome.UNREADABLE, reason=reason)
    if any(decision.outcome is Outcome.PAYMENT_CARD for decision in decisions):
        return refused(ScanFault.PAYMENT_CARD)
    told = [decision for decision in decisions if decision.outcome not in {Outcome.UNKNOWN, Outcome.UNREADABLE}]
    if len(told) < 2:  # noqa: PLR2004 - one answer or none needs no choice
        return told[0] if told else decisions[0]
    found = [candidate for decision in told for candidate in _candidates_of(decision)]
    return _answer(found, None, "", "", "the keyboard layouts in use make different codes of it: use one layout")


def _typed_under(layout: str, text: str, settings: ReadingSettings) -> Decision:
    dead = lost(layout)
    if dead & {"+", "="} and (text.startswith(("%", ";")) or _LONG_DIGITS.search(text)):
        if stripe.is_cut_payment_card(text):
            return refused(ScanFault.PAYMENT_CARD)
        reason = "this keyboard layout swallows characters of a stripe: use another layout or another interface"
        return Decision(outcome=Outcome.UNREADABLE, reason=reason)
    return read(text.encode(), "wedge", settings)


def _stripe(text: str) -> Decision:
    found = stripe.tracks(text)
    if found is stripe.StripeFault.PAYMENT_CARD:
        return refused(ScanFault.PAYMENT_CARD)
    symbology = "magnetic stripe"
    if isinstance(found, stripe.StripeFault) and found in _STRIPE_REASONS:
        return Decision(outcome=Outcome.UNREADABLE, symbology=symbology, reason=_STRIPE_REASONS[found])
    numbers = () if isinstance(found, stripe.StripeFault) else stripe.member_numbers(found)
    candidates = [Candidate(Outcome.MEMBER, symbology, {"number": number}) for number in numbers]
    several = "the tracks of the stripe have different numbers: replace the card"
    return _answer(candidates, None, symbology, "the stripe holds no member number", several)


def _code(text: str, aim: str | None, settings: ReadingSettings) -> Decision:
    named = describe(aim) if aim else None
    symbology = named.name if named else ""
    if aim and symbology == _EAN:
        return _ean(text, aim, settings)
    if reason := _why_not_looked_at(text, aim):
        return _unknown(aim, symbology, reason)
    if contacts.is_contact(text):
        return _contact(text, aim, symbology, settings)
    found = meanings.candidates(text, aim, symbology, settings)
    if not found and normal_code(text).startswith((settings.voucher_prefix, settings.gift_card_prefix)):
        reason = "the check character of this code does not fit: scan again, or read the characters once more"
        return Decision(outcome=Outcome.UNREADABLE, aim=aim, symbology=symbology, reason=reason)
    return _answer(found, aim, symbology, meanings.why_none(text, aim))


def _why_not_looked_at(text: str, aim: str | None) -> str:
    if aim in _SECOND_PARTS:
        return "the second part of a composite code: set the reader to send both parts as one reading"
    if GS in text:
        return "FNC1 in a code that is no GS1 code: FNC1 in front of it is missing, and it was misprinted"
    return "the password of a wireless network: nothing of it is kept" if contacts.is_wifi(text) else ""


def _ean(text: str, aim: str, settings: ReadingSettings) -> Decision:
    number = ean.by_symbol(text, aim)
    if number is None:
        reason = "length or check digit is wrong for this symbology: scan again, or set the reader to send all digits"
        return Decision(outcome=Outcome.UNREADABLE, aim=aim, symbology=_EAN, reason=reason)
    return _answer(meanings.of_number(number, settings), aim, number.symbol, meanings.why_no_meaning(number))


def _contact(text: str, aim: str | None, symbology: str, settings: ReadingSettings) -> Decision:
    found = contacts.contact(text, settings.country_prefix)
    if isinstance(found, contacts.Contact):
        fields: dict[str, str | tuple[str, ...]] = {"name": found.name, "phones": found.phones}
        return Decision(outcome=Outcome.CONTACT, aim=aim, symbology=symbology, fields=fields)
    if found is contacts.ContactFault.EMPTY:
        return _unknown(aim, symbology, "a contact without a name or a telephone number")
    reason = "the end of the contact is missing: frame the reader by STX and ETX, line breaks belong to a contact"
    return Decision(outcome=Outcome.UNREADABLE, aim=aim, symbology=symbology, reason=reason)


def _answer(
    candidates: list[Candidate], aim: str | None, symbology: str, none: str, several: str = "more than one code fits"
) -> Decision:
    """One candidate is the answer; ``several`` and ``none`` are the reasons where it is not so plain."""
    different = [candidate for n, candidate in enumerate(candidates) if candidate not in candidates[:n]]
    if not different:
        return _unknown(aim, symbology, none)
    if len(different) == 1:
        only = different[0]
        return Decision(outcome=only.outcome, aim=aim, symbology=only.symbology, fields=only.fields)
    return Decision(
        outcome=Outcome.AMBIGUOUS, aim=aim, symbology=symbology, candidates=tuple(different), reason=several
    )


def _unknown(aim: str | None, symbology: str, reason: str) -> Decision:
    return Decision(outcome=Outcome.UNKNOWN, aim=aim, symbology=symbology, reason=reason)


def _candidates_of(decision: Decision) -> tuple[Candidate, ...]:
    return decision.candidates or (Candidate(decision.outcome, decision.symbology, decision.fields),)


def _is_passed_on(decision: Decision, text: str, aim: str | None, via: Via) -> bool:
    """Whether a text that means nothing goes on: to the store, or back to the field that the keys were typed into."""
    if via == "terminal":
        return decision.outcome in {Outcome.UNKNOWN, Outcome.UNREADABLE}
    return decision.outcome is Outcome.UNKNOWN and _may_be_looked_up(text, aim)


def _may_be_looked_up(text: str, aim: str | None) -> bool:
    """Whether the text may be asked for as it is, if nothing of what it means is known to the shop."""
    named = describe(aim) if aim else None
    is_gs1 = GS in text or (named is not None and named.is_gs1)
    is_more_than_a_code = is_gs1 or aim in _SECOND_PARTS or any(is_one(text) for is_one in _MORE_THAN_CODES)
    return not is_more_than_a_code and len(text) <= CODE_LENGTH_MAX


def _split(text: str) -> tuple[str | None, str]:
    match = _AIM.match(text)
    return (match["aim"], text[match.end() :]) if match else (None, text)
