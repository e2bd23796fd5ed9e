"""A code as modules, dark and light; or the reason why it is not printed. Pure.

What each symbol may measure, in millimetres, and what is printed at 300 dots an inch (four dots are 0.339 mm, three
are 0.254 mm):

======== ======================== ============== =========== ====================================================
symbol   X-dimension, least-most  quiet zone     height      where it stands
======== ======================== ============== =========== ====================================================
EAN-13   0.264-0.660, here 0.339  11 X and 7 X   22.85 at X  GS1 General Specifications, 5.2.3 and symbol
                                                 of 0.330    specification table 1
GS1-128  0.170-0.495, here 0.339  10 X           12.70       the same, 5.4.4 and table 11, which is for GSRN
         or 0.254
Code 128 by application, the same 10 X           15          ISO/IEC 15417; the height is ours
QR       0.396-0.990              4 X            -           ISO/IEC 18004; X of links as in GS1's table 1, addendum 1
======== ======================== ============== =========== ====================================================
"""

from typing import Final

import msgspec
import qrcode
from barcode.codex import Code128, Gs1_128
from barcode.ean import EuropeanArticleNumber13WithGuard as Ean13
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M

from pos_loyalty.core.digits import to_ascii
from pos_loyalty.core.gs1 import gs1_check_digit, gs1_is_right
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.output.paper import dots, millimetres

SAFE_VERSION_MAX: Final = 7
"""Of a QR code: 45 modules a side are what common scanners read at once from the screen of a telephone."""
_EAN_DIGITS: Final = 13
_GSRN_DIGITS: Final = 18
_INSTANCE_DIGITS_MAX: Final = 10
_IN_STORE: Final = ("02", "04", *map(str, range(20, 30)))
"""Prefixes of numbers that a shop gives out itself (GS1 General Specifications, 1.4.3); all others are products."""
_GSRN, _SRIN = "8018", "8019"
_MODULE_DOTS: Final = (4, 3)
_EAN_HEIGHT_PER_X: Final = 22.85 / 0.330
_BAR_HEIGHT: Final = dots(15)
_GUARD_X: Final = 5
_QUIET_X: Final = 10
_QR_QUIET: Final = 4
_QR_CODE_MAX: Final = 120
"""Signs of a code: version 10 at most, whose modules are 0.5 mm on a card."""


class Refusal(msgspec.Struct, frozen=True):
    """Why something is not printed."""

    reason: str
    """Half a sentence: what was expected, and what to do. It does not quote the code."""


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """A linear symbol."""

    modules: str
    """``1`` and ``G`` are dark, ``0`` is light; ``G`` are the guards, which reach down further."""
    quiet: tuple[int, int]
    """Light modules left and right."""
    module: int
    """Width of one, in dots."""
    height: int
    """Of the bars, in dots."""
    guard: int = 0
    """How much further the guards reach, in dots."""
    text: str
    """What people read, below the bars (human readable interpretation)."""
    aim: str
    """What a reader calls it (ISO/IEC 15424)."""
    payload: str
    """What a reader sends."""

    @property
    def width(self) -> int:
        """Dots from side to side, the quiet zones included."""
        return (len(self.modules) + sum(self.quiet)) * self.module


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """A QR code."""

    rows: tuple[tuple[bool, ...], ...]
    """Without the quiet zone."""
    quiet: int = _QR_QUIET
    version: int
    level: str
    """Of error correction: ``M`` mends 15 % of the symbol, ``L`` 7 %."""
    text: str = ""
    """What people read beside it."""
    aim: str = "Q1"
    payload: str

    @property
    def modules(self) -> int:
        """Modules from side to side, the quiet zone included."""
        return len(self.rows) + 2 * self.quiet


Symbol = Bars | Matrix


def ean13(code: str) -> Bars | Refusal:
    """Return an in-store number as EAN-13. The check digit must be right: the library would print another number."""
    digits = to_ascii(code.strip())
    if not _is_number(digits) or len(digits) != _EAN_DIGITS:
        return Refusal(f"expected {_EAN_DIGITS} digits, the last of them the check digit")
    if not gs1_is_right(digits):
        return Refusal(f"the check digit is wrong, to these digits belongs {gs1_check_digit(digits[:-1])}: look it up")
    if not digits.startswith(_IN_STORE):
        return Refusal("expected a number that begins with 02, 04 or 20 to 29: all others are products")
    module = _MODULE_DOTS[0]
    return Bars(
        modules=Ean13(digits).build()[0],
        quiet=(11, 7),
        module=module,
        height=dots(_EAN_HEIGHT_PER_X * millimetres(module)),
        guard=_GUARD_X * module,
        text=digits,
        aim="E0",
        payload=digits,
    )


def code128(code: str, width: int) -> Bars | Refusal:
    """Return a code of the shop as Code 128 that is at most ``width`` dots wide."""
    text = normal_code(code)
    if not text or not _is_plain(text):
        return Refusal("expected letters A to Z, digits and ASCII signs: print it as a QR code")
    return _fitted(Code128(text).build()[0], width, text, "C0", text)


def gs1_128(code: str, instance: str, width: int) -> Bars | Refusal:
    """Return a GSRN as GS1-128 with AI 8018, and with AI 8019 if the card has an instance number."""
    numbers = _service_relation(code, instance)
    if isinstance(numbers, Refusal):
        return numbers
    gsrn, srin = numbers
    # 8018 has no predefined length, so FNC1 stands before what follows (GS1 General Specifications, 7.8.5).
    fnc1, gs = Gs1_128.FNC1_CHAR, "\x1d"
    parts = [_GSRN + gsrn, *([_SRIN + srin] if srin else [])]
    text = f"({_GSRN}){gsrn}" + (f"({_SRIN}){srin}" if srin else "")
    return _fitted(Gs1_128(fnc1.join(parts)).build()[0], width, text, "C1", gs.join(parts))


def qr(text: str, shown: str = "") -> Matrix | Refusal:
    """Return any text as a QR code; at level M, or L where M would need more than version 7.

    ``shown`` is what people read beside it.
    """
    try:
        version, level, rows = _qr(text, "M")
        if version > SAFE_VERSION_MAX:
            version, level, rows = _qr(text, "L")
    except ValueError:
        return Refusal("it is longer than any QR code: shorten it")
    return Matrix(rows=rows, version=version, level=level, text=shown, payload=text)


def qr_of_code(code: str, instance: str, domain: str) -> Matrix | Refusal:
    """Return a code of the shop as a QR code; a GSRN as a GS1 Digital Link of ``domain``, in capitals.

    Capitals are packed tighter: a link with a GSRN is version 3 at level M instead of 4.
    """
    text = code.strip() if "://" in code else normal_code(code)
    if not text or not _is_plain(text):
        return Refusal("expected ASCII letters, digits and signs: readers do not agree on any others")
    if len(text) > _QR_CODE_MAX:
        return Refusal(f"expected at most {_QR_CODE_MAX} signs: a card has no room for more")
    if not _is_number(text) or len(text) != _GSRN_DIGITS:
        return Refusal("an instance number belongs to a GSRN of 18 digits") if instance else qr(text, text)
    numbers = _service_relation(text, instance)
    if isinstance(numbers, Refusal):
        return numbers
    gsrn, srin = numbers
    link = f"HTTPS://{domain.upper()}/{_GSRN}/{gsrn}" + (f"/{_SRIN}/{srin}" if srin else "")
    return qr(link, gsrn + (f" / {srin}" if srin else ""))


def _is_plain(text: str) -> bool:
    """Whether ``text`` is printable ASCII."""
    return text.isascii() and text.isprintable()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _service_relation(code: str, instance: str) -> tuple[str, str] | Refusal:
    """Return a GSRN and the number of its instance in ASCII digits."""
    gsrn, srin = to_ascii(code.strip()), to_ascii(instance.strip())
    if not _is_number(gsrn) or len(gsrn) != _GSRN_DIGITS:
        return Refusal(f"expected a GSRN of {_GSRN_DIGITS} digits, the last of them the check digit")
    if not gs1_is_right(gsrn):
        right = gs1_check_digit(gsrn[:-1])
        return Refusal(f"the check digit of the GSRN is wrong, to these digits belongs {right}: look it up")
    if srin and not (_is_number(srin) and len(srin) <= _INSTANCE_DIGITS_MAX):
        return Refusal(f"expected an instance number of up to {_INSTANCE_DIGITS_MAX} digits")
    return gsrn, srin


def _fitted(modules: str, width: int, text: str, aim: str, payload: str) -> Bars | Refusal:
    """Return the bars in the widest modules that fit."""
    count = len(modules) + 2 * _QUIET_X
    module = next((module for module in _MODULE_DOTS if count * module <= width), None)
    if module is None:
        return Refusal(f"too long for bars of {millimetres(_MODULE_DOTS[-1]):.3f} mm on a card: print it as a QR code")
    quiet = (_QUIET_X, _QUIET_X)
    return Bars(modules=modules, quiet=quiet, module=module, height=_BAR_HEIGHT, text=text, aim=aim, payload=payload)


def _qr(text: str, level: str) -> tuple[int, str, tuple[tuple[bool, ...], ...]]:
    code = qrcode.QRCode(error_correction={"M": ERROR_CORRECT_M, "L": ERROR_CORRECT_L}[level], border=0)
    # Without cutting it into pieces: a pass is alphanumeric from the first sign to the last.
    code.add_data(text, optimize=0)
    code.make(fit=True)
    return code.version, level, tuple(tuple(map(bool, row)) for row in code.get_matrix())
