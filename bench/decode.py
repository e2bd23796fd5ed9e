"""From the bytes of a reading to the decision what it is, for every kind of code; no port, no till."""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Final

from bench.series import MICROSECONDS, in_turns, table
from drivers.codes.reading_settings import SHOP_AS_DELIVERED, ReadingSettings
from drivers.codes.shop_numbers import coded
from drivers.lexers.framing import ETX, STX, Framer, Framing
from drivers.lexers.lexing import Lexer
from drivers.pipeline import Pipeline
from pos_loyalty.core.decisions import Via
from pos_loyalty.core.passes.armour import Form
from tests.drivers.gs1_codes import GCN, GSRN, GTIN, build, checked, link
from tests.fuzz.shop import WIRES, Wire, ean_card, pass_of, stripe_of

ROUNDS: Final = 7
SAMPLES: Final = 300
FLOOR: Final = "floor: split and decode"
_CONTACT: Final = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:رضا رضایی\r\nTEL;TYPE=CELL:09123456789\r\nEND:VCARD\r\n"
_PERSIAN: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
CODES: Final[dict[str, tuple[Via, str]]] = {
    "product, EAN-13, named by the reader": ("serial", "]E0" + checked("400638133393")),
    "product, EAN-13, bare": ("serial", checked("400638133393")),
    "member, in-store EAN-13": ("serial", "]E0" + ean_card(1)),
    "member, PL- in Code 128": ("serial", "]C0PL-1001"),
    "member, GSRN and instance": ("serial", "]C1" + build(("8018", GSRN), ("8019", "2"))),
    "member, GSRN as Digital Link": ("serial", "]Q1" + link(("8018", GSRN))),
    "member, stripe": ("serial", stripe_of(1)),
    "member, tag of a contactless card": ("pcsc", "uid:04A1B2C3D4E5F6"),
    "member, in-store EAN-13, Persian keyboard": ("terminal", ean_card(1).translate(_PERSIAN)),
    "product, GTIN with weight and date": ("serial", "]e0" + build(("01", GTIN), ("3103", "001250"), ("15", "271231"))),
    "coupon, GCN with amount": ("serial", "]e0" + build(("255", GCN), ("3902", "500"))),
    "voucher": ("serial", coded("voucher", "7KQ2M4ZX", "PLV-")),
    "gift card": ("serial", coded("gift_card", "7KQ2M4ZX", "PLG-")),
    "member pass, base 45": ("serial", "]Q1" + pass_of(1, Form.BASE45)),
    "telephone number": ("serial", "09123456789"),
    "contact": ("serial", f"]Q1{_CONTACT}"),
    "bank card, typed number": ("serial", "6037997111111119"),
    "bank card, stripe": ("serial", ";6037997111111119=25121010000012345678?"),
    "wireless password": ("serial", "]Q1WIFI:T:WPA;S:shop;P:secret;;"),
    "nothing of the shop": ("serial", "]Q1some text that means nothing here"),
}
_OTHER_WAYS: Final = ("ssi", "wedge", "hidpos", "hidmsr", "rfid")
LAYOUTS: Final = ReadingSettings(layouts=("us", "fa"))


def run() -> None:
    """Print what one reading of each kind takes."""
    contenders = {FLOOR: _samples(_floor)} | {name: _samples(_reader(via, text)) for name, (via, text) in CODES.items()}
    contenders |= {
        f"a code of the shop by {wire.name}": _samples(_by(wire)) for wire in WIRES if wire.name in _OTHER_WAYS
    }
    floors = dict.fromkeys(set(contenders) - {FLOOR}, FLOOR)
    table("bytes to decision (aim: p50 at most 200 µs)", in_turns(contenders, ROUNDS), MICROSECONDS, floors)


def _reader(via: Via, text: str) -> Callable[[], object]:
    """Return one reading by a reader that ends its readings as the code allows."""
    has_lines = "\r" in text
    framing = Framing(mode="stx_etx" if has_lines else "cr")
    data = bytes((STX, *text.encode(), ETX)) if has_lines else text.encode() + b"\r"
    settings = LAYOUTS if via == "terminal" else SHOP_AS_DELIVERED

    def read() -> object:
        lexer: Lexer = Framer(framing)
        readings = Pipeline("bench", via, lexer, settings, 0).receive(data, 1)
        assert len(readings) == 1
        return readings

    return read


def _by(wire: Wire) -> Callable[[], object]:
    """Return one reading by a reader that does not send text."""
    reads = wire.reads(wire.codes[0](1).encode())

    def read() -> object:
        line = wire.line()
        readings = [reading for data in reads for reading in line.receive(data, 1)]
        assert len(readings) == 1
        return readings

    return read


def _floor() -> object:
    """Do what nobody can leave out: find the end, make text of the bytes, look it up."""
    data = b"]E04006381333931\r"
    return {"4006381333931": 1}.get(data[: data.index(b"\r")].decode()[3:])


def _samples(work: Callable[[], object]) -> Callable[[], Sequence[float]]:
    def take() -> list[float]:
        gc.disable()
        try:
            return [_timed(work) for _ in range(SAMPLES)]
        finally:
            gc.enable()

    return take


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
