"""A shop in which every code is guarded by a check of its own, and the wires on which they come."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache, reduce
from operator import xor
from random import Random
from typing import Final

import msgspec

from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.codes.shop_numbers import coded
from drivers.codes.stripe import lrc
from drivers.lexers.framing import ETX, STX, Framer, Framing
from drivers.lexers.input_events import EVENT
from drivers.lexers.keystrokes import KeystrokeLexer
from drivers.lexers.lexing import Lexer
from drivers.lexers.pos_reports import PosLexer
from drivers.lexers.rfid import TagLexer
from drivers.lexers.ssi import DECODE_DATA, PacketReader, packet
from drivers.lexers.stripe_reports import StripeLexer
from drivers.pipeline import Pipeline
from pos_loyalty.core.decisions import Candidate, Decision, Outcome, Via
from pos_loyalty.core.passes.armour import Form, armoured
from pos_loyalty.core.passes.claims import Claims
from pos_loyalty.core.passes.sealing import seal
from tests.drivers.gs1_codes import checked
from tests.drivers.hid_reports import parts, swipe
from tests.drivers.keyboard_reader import scan_of

MEMBERS: Final = 10_000
_QR: Final = b"\x1c"
"""A type of SSI that names no AIM identifier, so that codes keep their own."""
PAYMENT_CARDS: Final = ("6037997111111119", "4111111111111111", ";5022291111111116=25121010000012345678?")
_ISSUED = datetime(2026, 11, 22, tzinfo=UTC)
_PRIVATE = bytes(range(32))


def ean_card(number: int) -> str:
    """Return an in-store card number, an EAN-13."""
    return checked(f"20{number:010}")


def gsrn_card(number: int) -> str:
    """Return a service relation number of GS1's demonstration range."""
    return checked(f"9520123{number:010}")


def pass_of(number: int, form: Form) -> str:
    """Return the text of a signed pass."""
    claims = Claims(member_id=str(number), name="رضا رضایی", issued=_ISSUED, expires=_ISSUED + timedelta(days=365))
    return armoured(seal(claims, _PRIVATE), form)


def stripe_of(number: int) -> str:
    """Return the second track of a card, LRC included."""
    data = f"{number:08}=9901"
    return f";{data}?{lrc(2, data)}"


MADE: Final[tuple[Callable[[int], str], ...]] = (
    lambda number: "]E0" + ean_card(number),
    ean_card,
    lambda number: "]C18018" + gsrn_card(number),
    lambda number: f"]Q1https://id.gs1.org/8018/{gsrn_card(number)}",
    lambda number: "]Q1" + pass_of(number, Form.BASE45),
    lambda number: pass_of(number, Form.BASE32),
    stripe_of,
    lambda number: coded("voucher", f"{number:08}", "PLV-"),
    lambda number: "]E0" + checked(f"400638{number % 1_000_000:06}"),
)
"""Every kind of code that proves itself, by the number of the member."""


class Wire(msgspec.Struct, frozen=True):
    """A way the bytes come: the reads of one code, and who reads them."""

    name: str
    via: Via
    reads: Callable[[bytes], list[bytes]]
    lexer: Callable[[], Lexer]
    codes: tuple[Callable[[int], str], ...] = MADE
    whole: int = 1
    """Bytes that come together or not at all: of a serial line 1, of a keyboard an event, of HID a whole report (0)."""

    def line(self) -> Pipeline:
        """Return a reader that has just been plugged in."""
        return Pipeline("fuzz", self.via, self.lexer(), SHOP_AS_DELIVERED, 0)


def tag_of(number: int) -> str:
    """Return what the reader of a 125 kHz tag sends, checksum included."""
    data = bytes((8, 0, *number.to_bytes(3)))
    return (data + bytes((reduce(xor, data),))).hex().upper()


def _text(framing: Framing, frame: Callable[[bytes], bytes]) -> Wire:
    return Wire(framing.mode, "serial", lambda code: [frame(code)], lambda: Framer(framing))


def _report(code: bytes) -> list[bytes]:
    aim, data = (code[:3], code[3:]) if code.startswith(b"]") else (b"", code)
    return parts(data, aim)


WIRES: Final = (
    _text(Framing(mode="line"), lambda code: code + b"\r\n"),
    _text(Framing(mode="cr"), lambda code: code + b"\r"),
    _text(Framing(mode="lf"), lambda code: code + b"\n"),
    _text(Framing(mode="crlf"), lambda code: code + b"\r\n"),
    _text(Framing(mode="tab"), lambda code: code + b"\t"),
    _text(Framing(mode="stx_etx"), lambda code: bytes((STX, *code, ETX))),
    _text(Framing(mode="idle"), lambda code: code),
    Wire("ssi", "serial", lambda code: [packet(DECODE_DATA, _QR + code, source=0)], PacketReader),
    Wire("wedge", "wedge", lambda code: [scan_of(code.decode())], lambda: KeystrokeLexer(Framing()), whole=EVENT.size),
    Wire("hidpos", "hidpos", _report, PosLexer, whole=0),
    Wire("hidmsr", "hidmsr", lambda code: [swipe(b"", code[:-1])], StripeLexer, (stripe_of,), whole=0),
    Wire("rfid", "rfid", lambda code: [bytes((STX, *code, ETX))], TagLexer, (tag_of,)),
)


def names(decision: Decision) -> set[tuple[str, str]]:
    """Return whom or what a decision names: the outcome, and the number, tag or code."""
    found = (*decision.candidates, Candidate(decision.outcome, decision.symbology, decision.fields))
    keys = ("number", "tag", "code", "pass")
    return {
        (candidate.outcome.value, str(candidate.fields[key]))
        for candidate in found
        for key in keys
        if candidate.outcome in _NAMING and key in candidate.fields
    }


_NAMING: Final = frozenset({Outcome.MEMBER, Outcome.VOUCHER, Outcome.GIFT_CARD, Outcome.PASS, Outcome.PRODUCT})


def random_bytes(chance: Random) -> bytes:
    """Return noise: of any bytes, or of those that codes are made of."""
    length = chance.randrange(64)
    if chance.random() < 0.5:
        return chance.randbytes(length)
    return bytes(chance.choice(b"0123456789]CEQdeA18=^?;%\x1d\r\n\x02\x03\\PLV-:/") for _ in range(length))


@cache
def registry() -> frozenset[tuple[str, str]]:
    """Return every number and code that the shop has given out, as densely as a careless shop would."""
    numbers = range(MEMBERS)
    members = (make(number) for make in (ean_card, gsrn_card, "{:08}".format, _tag_number) for number in numbers)
    vouchers = (coded("voucher", f"{number:08}", "PLV-") for number in numbers)
    return frozenset((*(("member", code) for code in members), *(("voucher", code) for code in vouchers)))


def _tag_number(number: int) -> str:
    return tag_of(number)[:10]
