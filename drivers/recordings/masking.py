"""What a reading looked like without whom it named: recordings are passed around, and people must not be. Pure.

Every digit becomes a digit and every letter a letter, of the same script, case and length in UTF-8. What
makes a reading what it is stays: AIM identifier, prefixes of the shop, GS1 identifiers, the keys of a contact. Check
digits are made to fit again. The result is asked of ``codes.reading`` like the reading itself, and is good only if
the answer is the same, but for what it names; where a number must begin in some way to be one (a telephone number, a
template), as few of its first characters are kept as that takes, and never more than half.

What is only a product is kept; of one with more in its code (a serial number, internal data, a link's own parameters)
the product alone. Of a bank card nothing is kept but its form.

The same reading becomes the same masked one under one key, so that repeats stay repeats. Whoever throws the key away
after the recording has made sure that nobody, trying all numbers there are, can find the reading again.
"""

import re
from collections.abc import Iterator
from functools import reduce
from hashlib import blake2b
from operator import xor
from typing import Final

from drivers.codes import element_strings, stripe
from drivers.codes.application_identifiers import ElementFault
from drivers.codes.check_digits import CHECK_ALPHABET
from drivers.codes.contacts import is_link, is_wifi
from drivers.codes.decoding import GS
from drivers.codes.reading import read
from drivers.codes.reading_settings import ReadingSettings
from drivers.codes.symbology import describe
from pos_loyalty.core.decisions import Decision, Outcome, Via
from pos_loyalty.core.gs1 import gs1_check_digit
from pos_loyalty.core.payment_cards import holds_payment_card, is_payment_card

_KEPT_MAX: Final = 6
"""Of the first characters: +98 912 is a country and an operator."""
_TRIES: Final = 4
_CAPITALS: Final = "".join(sign for sign in CHECK_ALPHABET if sign.isalpha())
"""Without I, L, O and U, so that a code with a check character stays one."""
_CLASSES: Final = (
    "0123456789",
    _CAPITALS,
    _CAPITALS.lower(),
    "۰۱۲۳۴۵۶۷۸۹",
    "٠١٢٣٤٥٦٧٨٩",
    "ابتثجحخدذرزسشصضطظعغفقکلمنوهی",
)
_BY_LENGTH: Final = {1: _CAPITALS, 2: _CLASSES[-1], 3: "一丁七万丈三上下不与", 4: "𠀀𠀁𠀂𠀃𠀄"}
"""For letters of any other script, by their bytes in UTF-8."""
_HEX: Final = re.compile(r"(?:uid:)?[0-9A-F\s:-]+|(?:uid:)?[0-9a-f\s:-]+")
_HEX_LETTERS: Final = {"A": "ABCDEF", "a": "abcdef"}

_STRUCTURE: Final = (
    re.compile(r"\A\][A-Za-z][0-9A-Za-z]"),
    re.compile(r"PL(?:45|32)|uid:|tel:|(?i:https?)://"),
    re.compile(
        r"(?i)^(?:BEGIN:VCARD|END:VCARD|VERSION:[0-9.]+|(?:FN|N|TEL|EMAIL|ORG|TITLE|ADR|URL|NOTE|BDAY)(?:;[^:\r\n]*)?:)",
        re.MULTILINE,
    ),
    re.compile(r"(?i)(?:MECARD:|(?<=[;:])(?:N|TEL|EMAIL|ADR|URL|NOTE|ORG|BDAY|T|S|P|H):|WIFI:)"),
    re.compile(r"(?<=[%;+])E(?=\?)"),
    re.compile(r"(?<=/)[0-9]{2,4}(?=/)|(?<=[?&])[0-9]{2,4}(?==)"),
)
"""What says what a text is, and nothing of whom."""
_KEY_CHECKS: Final = {"8018": 18, "8017": 18, "255": 13, "01": 14, "00": 18}
"""GS1 identifiers whose data have a check digit in this place, the last of so many digits."""
_GOODS: Final = frozenset({"01", "02", "11", "12", "13", "15", "16", "17", "20", *map(str, range(30, 38)), "39"})
"""How GS1 identifiers begin whose data say what is sold, and nothing that a company or a person is free to write."""
_WORD: Final = re.compile(r"[^\W\d_]+|\d+")
_HOST: Final = re.compile(r"(?i:https?)://(?P<host>[^/?#]*)")
_LINK_KEY: Final = re.compile(r"(?<=/)(?P<ai>8018|8017|255|01|00)/(?P<value>[0-9]+)")
_ACCOUNT: Final = re.compile(r"[0-9](?:[ .-]?[0-9]){11,18}")
_LETTER: Final = re.compile(r"(?!(?<=%)B)[^\W\d_]")
"""But for the format code of track 1, which makes it what it is (ISO/IEC 7813, 5.2)."""
_AIM: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_STANDARD_DIGITS: Final = frozenset({8, 12, 13, 14, 18})
_TAG_DIGITS: Final = 12


class Chance:
    """Digits that look thrown and are always the same, for one key and one reading."""

    def __init__(self, key: bytes, about: bytes, attempt: int) -> None:
        self._seed = blake2b(about + attempt.to_bytes(4), key=key).digest()
        self._count = 0

    def below(self, limit: int) -> int:
        """Return the next number below ``limit``, which is small."""
        self._count += 1
        return int.from_bytes(blake2b(self._count.to_bytes(8), key=self._seed, digest_size=8).digest()) % limit

    def one_of(self, signs: str) -> str:
        """Return one of ``signs``."""
        return signs[self.below(len(signs))]


def masked(payload: bytes, via: Via, settings: ReadingSettings, key: bytes) -> bytes | None:
    """Return a reading of the same meaning that names nobody; ``None`` if none can be made.

    Args:
        payload: as ``drivers.codes.reading.read`` takes it.
        via: how it came.
        settings: what the shop's codes look like.
        key: up to 64 bytes that nobody knows.
    """
    decision = read(payload, via, settings)
    if is_harmless(payload, decision):
        return payload
    for variant in _variants(payload, decision, via, settings, key):
        if variant != payload and is_alike(decision, read(variant, via, settings)):
            return variant
    return None


def is_harmless(payload: bytes, decision: Decision) -> bool:
    """Whether what was read is a product and nothing else, whatever is uncertain about it."""
    text = payload.decode("utf-8", "replace")
    is_goods = all(ai[:2] in _GOODS for _, ai, _ in _told_elements(text))
    return _is_product(decision) and is_goods and not is_link(text[_body(text) :])


def is_never_kept(data: bytes) -> bool:
    """Whether a bank card's number is anywhere in what was read, as GS1 data too, or it is a network's password."""
    text = data.decode("utf-8", "replace")
    without_check = (value for _, ai, value in _told_elements(text) if ai not in _KEY_CHECKS)
    return is_wifi(text[_body(text) :]) or holds_payment_card(text) or any(map(is_payment_card, without_check))


def is_alike(one: Decision, other: Decision) -> bool:
    """Whether two readings mean the same, apart from what they name."""
    return _form(one) == _form(other)


def by_class(data: bytes, chance: Chance, keep: int = 0) -> bytes:
    """Return other characters of the same classes; the first ``keep`` letters and digits stay."""
    try:
        return _other_text(data.decode(), chance, keep)[0].encode()
    except UnicodeDecodeError:
        return bytes(_other_byte(byte, chance) for byte in data)


def _form(decision: Decision) -> tuple[object, ...]:
    candidates = tuple((found.outcome, found.symbology, sorted(found.fields)) for found in decision.candidates)
    return (decision.outcome, decision.aim, decision.symbology, sorted(decision.fields), decision.reason, candidates)


def _variants(payload: bytes, decision: Decision, via: Via, settings: ReadingSettings, key: bytes) -> Iterator[bytes]:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        yield from (by_class(payload, Chance(key, payload, attempt)) for attempt in range(_TRIES))
        return
    if decision.outcome is Outcome.PAYMENT_CARD:
        yield from (form.encode() for form in _forms_of_cards(text))
        return
    structure = _structure(text, settings) | (_goods(text) if _is_product(decision) else frozenset())
    for keep in range(_KEPT_MAX + 1):
        for attempt in range(_TRIES):
            chance = Chance(key, payload, attempt)
            other, free = _other_text(text, chance, keep, structure)
            if keep and keep * 2 > free:
                return
            yield from (sealed.encode() for sealed in _sealed(other, via))


def _structure(text: str, settings: ReadingSettings) -> frozenset[int]:
    """Return the places of what is kept in any case."""
    kept = {place for pattern in _STRUCTURE for match in pattern.finditer(text) for place in range(*match.span())}
    body = _body(text)
    for prefix in (settings.member_prefix, settings.voucher_prefix, settings.gift_card_prefix):
        if text[body:].upper().startswith(prefix):
            kept.update(range(body, body + len(prefix)))
    link = _HOST.search(text)
    if link and link["host"].lower() in settings.link_domains:
        kept.update(range(*link.span("host")))
    for start, ai, _ in _elements(text):
        kept.update(range(start, start + len(ai)))
    return frozenset(kept)


def _is_product(decision: Decision) -> bool:
    outcomes = {candidate.outcome for candidate in decision.candidates} or {decision.outcome}
    return outcomes == {Outcome.PRODUCT}


def _goods(text: str) -> frozenset[int]:
    """Return the places of a product's number, dates and measures."""
    spans = [range(at, at + len(ai) + len(value)) for at, ai, value in _told_elements(text) if ai[:2] in _GOODS]
    spans += [range(*match.span("value")) for match in _LINK_KEY.finditer(text) if match["ai"] == "01"]
    return frozenset(place for span in spans for place in span)


def _body(text: str) -> int:
    """Return where the text begins behind its AIM identifier."""
    match = _AIM.match(text)
    return match.end() if match else 0


def _told_elements(text: str) -> list[tuple[int, str, str]]:
    """Return the elements of a text of which the reader says that it is a GS1 one: most EAN could be elements too."""
    named = describe(text[1 : _body(text)])
    return _elements(text) if GS in text or (named and named.is_gs1) else []


def _elements(text: str) -> list[tuple[int, str, str]]:
    """Return place, identifier and data of each GS1 element; none if it is no GS1 text."""
    body = _body(text)
    found = element_strings.parse(text[body:].removeprefix(GS))
    if isinstance(found, ElementFault):
        return []
    at, places = body + text[body:].startswith(GS), []
    for element in found:
        at += text[at:].startswith(GS)
        places.append((at, element.ai, element.value))
        at += len(element.ai) + len(element.value)
    return places


def _other_text(text: str, chance: Chance, keep: int, structure: frozenset[int] = frozenset()) -> tuple[str, int]:
    """Return other characters of the same classes, and how many there were to change."""
    is_hex = _HEX.fullmatch(text) is not None
    changed, free = list(text), 0
    # The number on two tracks of a stripe is one number.
    known: dict[str, str] = {}
    for word in _WORD.finditer(text):
        other = "".join(chance.one_of(_class_of(char, is_hex=is_hex)) for char in word[0])
        other = known.setdefault(word[0], other)
        for place, char in enumerate(other, start=word.start()):
            if place in structure:
                continue
            if free >= keep:
                changed[place] = char
            free += 1
    return "".join(changed), free


def _class_of(char: str, *, is_hex: bool) -> str:
    if is_hex and char.isalpha():
        return _HEX_LETTERS["A" if char.isupper() else "a"]
    if char in "ILOU":
        return _CAPITALS
    if char in "ilou":
        return _CAPITALS.lower()
    return next((signs for signs in _CLASSES if char in signs), _BY_LENGTH[len(char.encode())])


def _other_byte(byte: int, chance: Chance) -> int:
    """Return another byte of its class with the same parity, so that wrong parity stays what it is."""
    low, high = byte & 0x7F, byte & 0x80
    signs = next((signs for signs in _CLASSES[:3] if chr(low) in signs), "")
    alike = [ord(sign) for sign in signs if ord(sign).bit_count() % 2 == low.bit_count() % 2]
    return high | (alike[chance.below(len(alike))] if alike else low)


def _sealed(text: str, via: Via) -> Iterator[str]:
    """Yield the text with its check digits put right in every way there is."""
    body = _body(text)
    number = text[body:]
    if via == "rfid" and len(number) == _TAG_DIGITS and _HEX.fullmatch(number):
        yield number[:-2] + f"{reduce(xor, bytes.fromhex(number[:-2])):02X}"
    elif number.isdecimal() and number.isascii() and len(number) in _STANDARD_DIGITS:
        yield text[:-1] + gs1_check_digit(number[:-1])
    elif elements := _checked_elements(text):
        yield elements
    elif stripe.has_sentinels(number):
        yield from _with_lrc(text)
    yield text
    last = max((place for place, char in enumerate(text) if char.isalnum()), default=-1)
    if last >= 0:
        signs = CHECK_ALPHABET if text[last] in CHECK_ALPHABET else _class_of(text[last], is_hex=False)
        yield from (f"{text[:last]}{sign}{text[last + 1 :]}" for sign in signs)


def _checked_elements(text: str) -> str:
    """Return GS1 data, or a link, with right check digits; empty if the text is neither.

    The check digits are wrong by now, so the elements cannot be found by reading it: each key is looked for.
    """
    changed = _LINK_KEY.sub(lambda match: f"{match['ai']}/{_checked(match['ai'], match['value'])}", text)
    if changed != text:
        return changed
    match = re.match(r"(?P<front>(?:\][A-Za-z][0-9])?\x1d?)(?P<ai>8018|8017|255)(?P<value>[0-9]+)", text)
    if match is None:
        return ""
    return match["front"] + match["ai"] + _checked(match["ai"], match["value"]) + text[match.end() :]


def _checked(ai: str, value: str) -> str:
    length = _KEY_CHECKS[ai]
    digits = value[: length - 1]
    return digits + gs1_check_digit(digits) + value[length:] if len(value) >= length else value


def _with_lrc(text: str) -> Iterator[str]:
    """Yield a swipe whose tracks each have a right LRC, where they have one at all."""
    names = {"%": 1, ";": 2, "+": 3}

    def mended(match: re.Match[str]) -> str:
        return f"{match[1]}{match[2]}?{stripe.lrc(names[match[1]], match[2])}"

    yield re.sub(r"([%;+])([^?]*)\?[^%;+\r\n?]", mended, text)


def _forms_of_cards(text: str) -> Iterator[str]:
    """Yield bank cards of the same form that nobody has: an account number of one digit over and over."""
    body = _body(text)
    blank = _LETTER.sub("X", re.sub(r"\d", "0", text[body:]))
    for filler in "0123456789":
        whole = blank
        for match in _ACCOUNT.finditer(blank):
            whole = whole[: match.start()] + _account(match[0], filler) + whole[match.end() :]
        yield text[:body] + whole


def _account(printed: str, filler: str) -> str:
    """Return an account number of one digit, mostly, with the gaps of ``printed``."""
    length = sum(char.isdecimal() for char in printed)
    first = "4" if length > _TAG_DIGITS else "6"
    front = first + filler * (length - 2)
    number = next((front + last for last in "0123456789" if is_payment_card(front + last)), front + "0")
    digits = iter(number)
    return "".join(next(digits) if char.isdecimal() else char for char in printed)
