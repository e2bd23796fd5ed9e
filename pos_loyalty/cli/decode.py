"""``pos-loyalty decode``."""

import re
import sys
from pathlib import Path
from typing import Any, Final, get_args

import click
import msgspec

from drivers.codes.keymap import LAYOUTS
from drivers.codes.reading_settings import ReadingSettings
from drivers.codes.shop_numbers import NumberTemplate, problems
from drivers.lexers.framing import FramingMode
from pos_loyalty.cli.decoding_lines import LineDecoder
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.json_lines import lines
from pos_loyalty.cli.options import examples
from pos_loyalty.cli.pass_reading import with_claims
from pos_loyalty.core.decisions import VIAS, Decision, Outcome, Via

_LAYOUT_ALIASES: Final = {"ir": "fa", "ara": "ar", "uk": "gb"}
_OWN_FRAMING: Final = {
    "rfid": "tags have a framing of their own",
    "hidpos": "reports have a framing of their own",
    "hidmsr": "reports have a framing of their own",
    "pcsc": "a card is a reading",
}
_DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?")


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
@click.option("--framing", type=click.Choice(get_args(FramingMode)), help="Cut the bytes of a line as a port would.")
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
@click.option(
    "--keys",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Verify member passes by the keys in this folder, as of pass keys.",
)
@click.option("--country-prefix", default="98", show_default=True, help="Replaces the zero of a telephone number.")
def decode(
    via: Via,
    layouts: tuple[str, ...],
    framing: FramingMode | None,
    templates: tuple[str, ...],
    link_domains: tuple[str, ...],
    keys: Path | None,
    country_prefix: str,
) -> None:
    """Say what readings are: members, products, telephone numbers, or why they are nothing.

    Reads JSON lines {"hex": "..."} or {"text": "..."} from standard input and prints one JSON line for each reading.
    Looks nothing up and keeps nothing; the numbers of bank cards are not printed. The exit code is 1 if a line of
    input could not be used.
    """
    if layouts and via != "terminal":
        raise click.UsageError("--layout belongs to --via terminal: other readers do not pass the keyboard layout")
    if framing and via in _OWN_FRAMING:
        raise click.UsageError(f"--framing does not go with --via {via}: {_OWN_FRAMING[via]}")
    settings = ReadingSettings(
        layouts=tuple(_LAYOUT_ALIASES.get(name, name) for name in layouts) or ("us",),
        templates=_templates(templates) or ReadingSettings().templates,
        country_prefix=_checked_prefix(country_prefix),
        link_domains=tuple(map(_checked_domain, link_domains)) or ReadingSettings().link_domains,
    )
    decoder = LineDecoder(via, framing, settings)
    output, is_wrong, number = sys.stdout.buffer, False, 0
    for number, given in lines():
        told = (
            [_Wrong(number, given)]
            if isinstance(given, str)
            else [_shown(number, decision, keys) for decision in decoder.answers(given)]
        )
        is_wrong = is_wrong or isinstance(given, str)
        output.writelines(msgspec.json.encode(one) + b"\n" for one in told)
        output.flush()
    output.writelines(msgspec.json.encode(_shown(number, decision, keys)) + b"\n" for decision in decoder.rest())
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


def _shown(number: int, decision: Decision, keys: Path | None) -> _Shown:
    told = with_claims(decision, keys) if decision.outcome is Outcome.PASS else decision
    return _Shown(number, told.outcome, told.aim, told.symbology, told.fields, told.candidates, told.reason)
