"""The file: read, checked as a whole, and written."""

import re
import tomllib
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import msgspec

from drivers.codes import shop_numbers
from drivers.misconfiguration import problems
from drivers.settings import ReaderSettings
from pos_loyalty.config.hub_sections import hub_problems, offline_problems
from pos_loyalty.config.sections import SECTIONS, Config, Key, keys
from pos_loyalty.config.text import toml
from pos_loyalty.errors import ConfigError

DEFAULT_PATH: Final = Path("/etc/pos-loyalty/pos.toml")
SOCKET_PATH_BYTES_MAX: Final = 107
"""Room for a path in ``struct sockaddr_un`` on Linux, less the closing NUL (unix(7))."""


def find(named: Path | None) -> Path:
    """Return the file to read: the one ``named`` on the command line, else ``/etc/pos-loyalty/pos.toml``.

    Raises:
        ConfigError: none was named and the default is not there.
    """
    if named is not None:
        return named
    if DEFAULT_PATH.exists():
        return DEFAULT_PATH
    raise ConfigError(
        f"there is no configuration: {DEFAULT_PATH} does not exist and --config was not given; "
        "begin with docs/reference/pos.example.toml"
    )


def load(path: Path) -> Config:
    """Read and check the whole file.

    Raises:
        ConfigError: the file cannot be read or is not TOML, or every fault in it, one a line.
    """
    try:
        # Some editors begin a file with an invisible byte order mark, which is no TOML.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; name another file with --config") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 at byte {error.start}; save it again as UTF-8") from error
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """Check ``text`` as :func:`load` does; ``path`` is only named in faults."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}:{_not_toml(str(error))}") from error
    reading = _Reading(document, _lines(text))
    reading.check_sections()
    if not reading.faults:
        config = msgspec.convert(document, Config)
        reading.check_together(config)
        if not reading.faults:
            return config
    raise ConfigError("\n".join(f"{path}:{line}: {sentence}" for line, sentence in sorted(reading.faults)))


def to_toml(config: Config) -> str:
    """Return a file that reads back as ``config``."""
    return "\n".join(_toml_of(config))


def _toml_of(config: Config) -> Iterator[str]:
    for section in SECTIONS:
        value = getattr(config, section)
        for table in value if isinstance(value, tuple) else (value,):
            yield header(section)
            yield from (f"{name} = {toml(item)}" for name, item in msgspec.structs.asdict(table).items())
            yield ""


def header(section: str) -> str:
    """Return how the section begins in the file.

    >>> header("shop"), header("reader")
    ('[shop]', '[[reader]]')
    """
    return f"[[{section}]]" if section == "reader" else f"[{section}]"


_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_-]+)\s*\]\]?")
_ASSIGNMENT = re.compile(r"""^\s*["']?([A-Za-z0-9_-]+)["']?\s*=""")
_AT_LINE = re.compile(r"(.*) \(at line (\d+), column \d+\)$", re.DOTALL)

_Place = tuple[str, int, str]
"""Section, which one of that name from 0, key; without a key it is the header."""


def _lines(text: str) -> dict[_Place, int]:
    """Return where each key stands. The text is TOML already, so a shallow look at each line is enough."""
    places: dict[_Place, int] = {}
    count: dict[str, int] = {}
    section, index = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _HEADER.match(line):
            section = found[1]
            index = count.get(section, 0)
            count[section] = index + 1
            places[section, index, ""] = number
        elif found := _ASSIGNMENT.match(line):
            places.setdefault((section, index, found[1]), number)
    return places


def _not_toml(complaint: str) -> str:
    at = _AT_LINE.match(complaint)
    line, what = (at[2], at[1]) if at else ("1", complaint)
    return f"{line}: is not TOML: {what[:1].lower()}{what[1:]}"


class _Reading:
    """One file being checked: its places, and the faults met so far."""

    def __init__(self, document: Mapping[str, object], places: Mapping[_Place, int]) -> None:
        self._document = document
        self._places = places
        self.faults: list[tuple[int, str]] = []

    def check_sections(self) -> None:
        for name in self._document:
            if name not in SECTIONS:
                self._fault((name, 0, ""), f"there is no section [{name}]{_nearest(name, SECTIONS)}")
        for name in SECTIONS:
            found = self._document.get(name, [] if name == "reader" else {})
            tables = found if name == "reader" else [found]
            if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
                self._fault((name, 0, ""), f"{name} is a section here and is written {header(name)}")
                continue
            for index, table in enumerate(tables):
                self._check_table(name, index, table)

    def _check_table(self, name: str, index: int, table: Mapping[str, object]) -> None:
        known = keys(name)
        for key, value in table.items():
            place = (name, index, key)
            if key not in known:
                self._fault(place, f'{header(name)} has no key "{key}"{_nearest(key, known)}')
            elif not _fits(value, known[key]):
                wrong = f"{header(name)} {key} = {toml(value)}: expected {known[key].expects}"
                self._fault(place, wrong + _nearest(_stranger(value, known[key].choices), known[key].choices))
        for needed in known.values():
            if needed.default is msgspec.NODEFAULT and needed.name not in table:
                self._fault((name, index, ""), f'{header(name)} needs the key "{needed.name}", {needed.expects}')

    def check_together(self, config: Config) -> None:
        """Check what one value alone does not show."""
        shop, service = config.shop, config.service
        if not _is_zone(shop.time_zone):
            near = _nearest(shop.time_zone, zoneinfo.available_timezones())
            wrong = f'[shop] time_zone = "{shop.time_zone}": there is no such zone{near}'
            self._fault(("shop", 0, "time_zone"), wrong)
        if shop.display_unit == "toman" and shop.currency != "IRR":
            wrong = f'[shop] display_unit = "toman": expected "currency" for {shop.currency}; toman is for IRR only'
            self._fault(("shop", 0, "display_unit"), wrong)
        if (size := len(service.socket.encode())) > SOCKET_PATH_BYTES_MAX:
            wrong = f"[service] socket is {size} bytes long; Linux takes {SOCKET_PATH_BYTES_MAX}, choose a shorter path"
            self._fault(("service", 0, "socket"), wrong)
        self._check_codes(config)
        self._check_readers(config.reader)
        for key, sentence in hub_problems(config.hub):
            self._fault(("hub", 0, key), f"[hub] {sentence}")
        for key, sentence in offline_problems(config.offline):
            self._fault(("offline", 0, key), f"[offline] {sentence}")

    def _check_codes(self, config: Config) -> None:
        for sentence in shop_numbers.problems(config.reading_settings.templates):
            self._fault(("codes", 0, "templates"), f"[codes] {sentence}")
        codes = config.codes
        prefixes = {codes.member_prefix, codes.voucher_prefix, codes.gift_card_prefix}
        if len(prefixes) < 3:  # noqa: PLR2004 - three kinds of codes
            wrong = "[codes] members, vouchers and gift cards have the same prefix: give each its own"
            self._fault(("codes", 0, "member_prefix"), wrong)

    def _check_readers(self, readers: Sequence[ReaderSettings]) -> None:
        of_one = [(index, sentence) for index, reader in enumerate(readers) for sentence in problems([reader])]
        said = {sentence for _, sentence in of_one}
        of_all = [(len(readers) - 1, sentence) for sentence in problems(readers) if sentence not in said]
        for index, sentence in (*of_one, *of_all):
            self._fault(("reader", index, ""), sentence)

    def _fault(self, place: _Place, sentence: str) -> None:
        section, index, key = place
        header_line = self._places.get((section, index, ""), self._places.get(("", 0, section), 1))
        self.faults.append((self._places.get((section, index, key), header_line), sentence))


def _fits(value: object, key: Key) -> bool:
    try:
        msgspec.convert(value, key.type)
    except msgspec.ValidationError:
        return False
    return True


def _stranger(value: object, choices: tuple[str, ...]) -> str:
    """Return what is wrong: of a list the first that is no choice."""
    given = value if isinstance(value, list) else [value]
    return next((str(one) for one in given if one not in choices), "")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
