"""``pos-loyalty decode``."""

import binascii
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

import click
import msgspec

from drivers.decoding import diagnose
from drivers.framing import ETX, STX, Frame, FrameFault, Framer, Framing, FramingMode
from drivers.keymap import LAYOUTS
from drivers.reading import presented, read, refused
from drivers.reading_settings import ReadingSettings
from drivers.rfid import TagReader
from drivers.shop_numbers import NumberTemplate, problems
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.options import examples
from pos_loyalty.core.decisions import VIAS, Decision, Via
from pos_loyalty.core.scans import ScanFault

_LAYOUT_ALIASES: Final = {"ir": "fa", "ara": "ar", "uk": "gb"}
_LINE_BYTES_MAX: Final = 65_536
_EXPECTED: Final = 'expected one object a line, {"hex": "..."} or {"text": "..."}'
_FRAMINGS: Final = ("line", "cr", "lf", "crlf", "stx_etx", "idle")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?")
_NS_PER_MS: Final = 1_000_000
_APART_MS: Final = 1000
"""Two lines without a time of their own are two readings, further apart than a tag is remembered."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    hex: str | None = None
    text: str | None = None
    at_ms: int | None = None


class _Wrong(msgspec.Struct):
    """A line of input that cannot be used. It never quotes the line, which may hold a card number."""

    line: int
    error: str


class _Shown(msgspec.Struct):
    """A decision as it is printed."""

    line: int
    outcome: str
    aim: str | None
    symbology: str
    fields: dict[str, Any]
    candidates: tuple[Any, ...]
    reason: str


class _Decoder:
    """Lines in, answers out. A line is a reading by itself, or, with a framing, the bytes of one or several."""

    def __init__(self, via: Via, framing: FramingMode | None, settings: ReadingSettings) -> None:
        self._via = via
        self._framing = framing
        self._settings = settings
        self._tags = TagReader()
        self._at_ms = 0

    def answers(self, payload: bytes, at_ms: int | None) -> list[Decision]:
        """Decide what the bytes of one line are."""
        if self._via == "rfid":
            return self._presented(payload, at_ms)
        if self._framing is None:
            return [read(payload.strip(b"\r\n"), self._via, self._settings)]
        framer = Framer(Framing(mode=self._framing))
        results = framer.receive(payload, 0)
        results += framer.silence(framer.deadline_ns or 0)
        return [self._answer(result) for result in results]

    def _answer(self, result: Frame | FrameFault) -> Decision:
        if isinstance(result, Frame):
            return read(result.payload, self._via, self._settings)
        is_parity = diagnose(result.payload) is ScanFault.PARITY
        return refused(ScanFault.PARITY if is_parity else result.fault)

    def _presented(self, payload: bytes, at_ms: int | None) -> list[Decision]:
        self._at_ms = self._at_ms + _APART_MS if at_ms is None else at_ms
        # A line with a time is part of a stream; without one it stands for itself, and nothing will complete it.
        is_alone = at_ms is None
        framed = bytes((STX, *payload, ETX)) if is_alone and STX not in payload else payload
        found = self._tags.receive(framed, self._at_ms * _NS_PER_MS)
        cut = self._tags.reset() if is_alone else None
        return [presented(event) for event in (*found, *([cut] if cut else []))]


@click.command(
    epilog=examples(
        """echo '{"text": "]E02012345678903"}' | pos-loyalty decode""",
        """echo '{"text": "۲۰۱۲۳۴۵۶۷۸۹۰۳"}' | pos-loyalty decode --via terminal --layout fa""",
        """echo '{"hex": "02303830304135423143324445 03"}' | pos-loyalty decode --via rfid""",
        """echo '{"text": "]C18018952012345678900007"}' | pos-loyalty decode""",
        "pos-loyalty decode --framing stx_etx < readings.jsonl",
    )
)
@click.option("--via", type=click.Choice(VIAS), default="serial", show_default=True, help="How the readings came.")
@click.option(
    "--layout",
    "layouts",
    type=click.Choice([*LAYOUTS, *_LAYOUT_ALIASES]),
    multiple=True,
    help="Keyboard layout of the terminal; repeat it for a till that switches.  [default: us]",
)
@click.option("--framing", type=click.Choice(_FRAMINGS), help="Cut the bytes of a line as a port would.")
@click.option(
    "--template",
    "templates",
    metavar="KIND=PATTERN",
    multiple=True,
    help="How the shop builds its own numbers.  [default: member=20MMMMMMMMMMK]",
)
@click.option(
    "--link-domain",
    "link_domains",
    metavar="DOMAIN",
    multiple=True,
    help="Domain whose GS1 Digital Links are read; repeat it for several.  [default: id.gs1.org]",
)
@click.option("--country-prefix", default="98", show_default=True, help="Replaces the zero of a telephone number.")
def decode(
    via: Via,
    layouts: tuple[str, ...],
    framing: FramingMode | None,
    templates: tuple[str, ...],
    link_domains: tuple[str, ...],
    country_prefix: str,
) -> None:
    """Say what readings are: members, products, telephone numbers, or why they are nothing.

    Reads JSON lines {"hex": "..."} or {"text": "..."} from standard input and prints one JSON line for each reading.
    Looks nothing up and keeps nothing; the numbers of bank cards are not printed. The exit code is 1 if a line of
    input could not be used.
    """
    if layouts and via != "terminal":
        raise click.UsageError("--layout belongs to --via terminal: other readers do not pass the keyboard layout")
    if framing and via == "rfid":
        raise click.UsageError("--framing does not go with --via rfid: tags have a framing of their own")
    settings = ReadingSettings(
        layouts=tuple(_LAYOUT_ALIASES.get(name, name) for name in layouts) or ("us",),
        templates=_templates(templates) or ReadingSettings().templates,
        country_prefix=_checked_prefix(country_prefix),
        link_domains=tuple(map(_checked_domain, link_domains)) or ReadingSettings().link_domains,
    )
    decoder = _Decoder(via, framing, settings)
    output, is_wrong = sys.stdout.buffer, False
    for number, line in _lines():
        for shown in _answers(decoder, number, line):
            is_wrong = is_wrong or isinstance(shown, _Wrong)
            output.write(msgspec.json.encode(shown) + b"\n")
        output.flush()
    sys.exit(Exit.REFUSED if is_wrong else Exit.OK)


def _templates(written: tuple[str, ...]) -> tuple[NumberTemplate, ...]:
    try:
        found = msgspec.convert(
            [dict(zip(("kind", "pattern"), text.split("=", 1), strict=False)) for text in written],
            tuple[NumberTemplate, ...],
        )
    except msgspec.ValidationError:
        raise click.UsageError(
            "--template: expected KIND=PATTERN with member, product, voucher or gift_card, as in member=20MMMMMMMMMMK"
        ) from None
    if sentences := problems(found):
        raise click.UsageError(f"--template: {'; '.join(sentences)}")
    return found


def _checked_prefix(prefix: str) -> str:
    if not (prefix.isascii() and prefix.isdecimal() and 1 <= len(prefix) <= 3 and prefix[0] != "0"):  # noqa: PLR2004 - E.164
        raise click.UsageError(f'--country-prefix {prefix!r}: expected one to three digits such as "98"')
    return prefix


def _checked_domain(domain: str) -> str:
    if not _DOMAIN.fullmatch(domain):
        raise click.UsageError(f'--link-domain {domain!r}: expected a domain without https:// such as "id.gs1.org"')
    return domain.lower()


def _lines() -> Iterator[tuple[int, bytes]]:
    """Yield every line that is not blank, with its number; of a line too long only so much that it is seen."""
    stream, number = sys.stdin.buffer, 0
    while line := stream.readline(_LINE_BYTES_MAX + 1):
        number += 1
        ends = line.endswith(b"\n")
        while not ends and (rest := stream.readline(_LINE_BYTES_MAX)):
            ends = rest.endswith(b"\n")
        if line.strip():
            yield number, line


def _answers(decoder: _Decoder, number: int, line: bytes) -> Iterator[_Shown | _Wrong]:
    given = _given(line)
    if isinstance(given, str):
        yield _Wrong(number, given)
        return
    for decision in decoder.answers(*given):
        yield _Shown(
            number,
            decision.outcome,
            decision.aim,
            decision.symbology,
            decision.fields,
            decision.candidates,
            decision.reason,
        )


def _given(line: bytes) -> tuple[bytes, int | None] | str:
    """Return the bytes of a line and its time, or what is wrong with it."""
    parsed = _parsed(line)
    if isinstance(parsed, str):
        return parsed
    if parsed.text is not None:
        return parsed.text.encode(), parsed.at_ms
    try:
        return binascii.unhexlify("".join((parsed.hex or "").split())), parsed.at_ms
    except ValueError:
        return "hex: expected pairs of hexadecimal digits"


def _parsed(line: bytes) -> _Line | str:
    if len(line) > _LINE_BYTES_MAX:
        return f"more than {_LINE_BYTES_MAX} bytes: {_EXPECTED}"
    try:
        parsed = msgspec.json.decode(line, type=_Line)
    except msgspec.ValidationError:
        return f"other keys or types: {_EXPECTED}, and at_ms if it has a time"
    except (msgspec.DecodeError, UnicodeDecodeError):
        return f"not JSON: {_EXPECTED}"
    is_one = (parsed.hex is None) != (parsed.text is None)
    return parsed if is_one else f"neither or both of hex and text: {_EXPECTED}"
