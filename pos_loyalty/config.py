"""The one configuration file: TOML in, frozen data out, once, at start. Nothing else reads files or environment.

All faults of the file are reported together, each with file, line, the value met, what is expected and, where there
is one, the nearest name. ``docs/reference/config.md`` and ``docs/reference/pos.example.toml`` are tested against
the structs below.
"""

import json
import re
import tomllib
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, inspect

from drivers.codes import shop_numbers
from drivers.codes.reading_settings import ReadingSettings
from drivers.codes.shop_numbers import NumberTemplate
from drivers.misconfiguration import problems
from drivers.settings import ReaderSettings
from pos_loyalty.errors import ConfigError

DEFAULT_PATH: Final = Path("/etc/pos-loyalty/pos.toml")
SOCKET_PATH_BYTES_MAX: Final = 107
"""Room for a path in ``struct sockaddr_un`` on Linux, less the closing NUL (unix(7))."""

_Path = Annotated[str, Meta(pattern="^(/.*)?$", title="an absolute path")]
_CodePrefix = Annotated[str, Meta(pattern="^[0-9A-Z]{1,8}-$", title='capitals or digits and a dash, such as "PL-"')]
_Domain = Annotated[str, Meta(pattern=r"^[0-9a-z-]+(\.[0-9a-z-]+)+$", title="a domain in small letters")]
_Layout = Literal["ar", "ar-digits", "de", "es", "fa", "fr", "gb", "il", "ru", "tr", "us"]
_Template = Annotated[
    str, Meta(pattern="^(member|product|voucher|gift_card)=[0-9A-Z]+$", title='a text such as "member=20MMMMMMMMMMK"')
]
_AbsolutePath = Annotated[str, Meta(pattern="^/", title="an absolute path")]


class ShopConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The shop, as screens and receipts show it. A wrong guess would be stored, so four keys have no default."""

    name: Annotated[str, Meta(min_length=1, title="a text that is not empty")]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", title='three capital letters such as "IRR"')]
    """Of all prices and amounts."""
    time_zone: Annotated[str, Meta(title='an IANA name such as "Asia/Tehran"')]
    """Where days begin and end."""
    phone_prefix: Annotated[str, Meta(pattern="^[1-9][0-9]{0,2}$", title='one to three digits such as "98"')]
    """Country code that replaces the leading zero of a phone number."""
    store_id: Annotated[str, Meta(pattern="^[^/@:\\s]*$", max_length=64, title="a word without / @ : and blanks")] = ""
    """What programs and limits call this store; empty where there is only one."""
    language: Literal["en", "fa", "ar"] = "en"
    display_unit: Literal["currency", "toman"] = "currency"
    """How amounts are shown; 1 toman is 10 rials, for IRR only."""
    digits: Literal["auto", "latn", "fa", "ar"] = "auto"
    calendar: Literal["auto", "gregorian", "jalali", "hijri"] = "auto"


class CodesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop's own codes look like (``drivers.codes.reading_settings``)."""

    templates: tuple[_Template, ...] = ("member=20MMMMMMMMMMK",)
    """What the shop's restricted bar code numbers mean, as ``kind=pattern`` (``drivers.codes.shop_numbers``)."""
    member_prefix: _CodePrefix = "PL-"
    voucher_prefix: _CodePrefix = "PLV-"
    gift_card_prefix: _CodePrefix = "PLG-"
    link_domains: tuple[_Domain, ...] = ("id.gs1.org",)
    """Domains whose GS1 Digital Links are read; no address is ever followed."""
    layouts: tuple[_Layout, ...] = ()
    """Keyboard layouts under which a reader may type into the terminal; none: what shops of this language use."""


class PassesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The files that member passes are checked by; each is read again when it changes."""

    ring: _Path = ""
    """The public keys; without them no pass is taken."""
    revoked: _Path = ""
    """The passes that are no longer good."""
    rotation_key: _Path = ""
    """The secret behind passes that rotate; without it those are refused."""


class StoreConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The files of the till."""

    folder: _AbsolutePath = "/var/lib/pos-loyalty"


class ServiceConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The local API."""

    socket: _AbsolutePath = "/run/pos-loyalty/api.sock"


class ScreenConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The screen in the terminal."""

    language: Literal["auto", "en", "fa", "ar"] = "auto"
    bidi: Literal["auto", "app", "terminal", "off"] = "auto"
    """Who puts right-to-left lines in order (``tui.rtl.BidiMode``)."""
    bell: bool = True
    """Whether the terminal rings when a reading is refused."""
    wedge: bool = True
    """Whether keys that come as fast as a reader types are taken for a scan."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    shop: ShopConfig
    store: StoreConfig = StoreConfig()
    service: ServiceConfig = ServiceConfig()
    codes: CodesConfig = CodesConfig()
    passes: PassesConfig = PassesConfig()
    reader: tuple[ReaderSettings, ...] = ()
    """One section ``[[reader]]`` for each."""
    screen: ScreenConfig = ScreenConfig()

    @property
    def reading_settings(self) -> ReadingSettings:
        """What readers and the till have to know to tell the shop's codes apart."""
        codes = self.codes
        templates = (dict(zip(("kind", "pattern"), text.split("="), strict=True)) for text in codes.templates)
        return ReadingSettings(
            country_prefix=self.shop.phone_prefix,
            member_prefix=codes.member_prefix,
            voucher_prefix=codes.voucher_prefix,
            gift_card_prefix=codes.gift_card_prefix,
            templates=tuple(msgspec.convert(template, NumberTemplate) for template in templates),
            link_domains=codes.link_domains,
            layouts=codes.layouts or _LAYOUTS_OF[self.shop.language],
        )


_LAYOUTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("us",),
    "fa": ("us", "fa"),
    "ar": ("us", "ar", "ar-digits"),
}
"""A cashier switches between the language of the shop and Latin letters."""

SECTIONS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "shop": ShopConfig,
    "store": StoreConfig,
    "service": ServiceConfig,
    "codes": CodesConfig,
    "passes": PassesConfig,
    "reader": ReaderSettings,
    "screen": ScreenConfig,
}


class Key(msgspec.Struct, frozen=True):
    """One key of a section."""

    name: str
    type: object
    expects: str
    """What a value must be, in words."""
    choices: tuple[str, ...]
    """All values, where they are a closed list of texts."""
    default: object
    """``msgspec.NODEFAULT`` if the key must be there."""


def keys(section: str) -> dict[str, Key]:
    """Return the keys of a section, in the order of the reference."""
    struct = inspect.type_info(SECTIONS[section])
    types = {field.name: field.type for field in msgspec.structs.fields(SECTIONS[section])}
    if not isinstance(struct, inspect.StructType):
        raise TypeError(section)
    return {
        field.name: Key(field.name, types[field.name], _expects(field.type), _choices(field.type), field.default)
        for field in struct.fields
    }


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


def toml(value: object) -> str:
    """Return a value as TOML; JSON spells texts (but for DEL), numbers, truths and flat lists the same way.

    >>> toml(("a", "b")), toml(True)
    ('["a", "b"]', 'true')
    """
    return json.dumps(value, ensure_ascii=False, default=str).replace("\x7f", "\\u007f")


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


def _expects(info: inspect.Type) -> str:
    match info:
        case inspect.Metadata(type=inner, extra_json_schema=schema):
            return (schema or {}).get("title") or _expects(inner)
        case inspect.LiteralType(values=values) if len(values) > 1:
            return f"one of {', '.join(map(toml, values))}"
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number"
        case inspect.VarTupleType(item_type=item):
            return f"a list, each {_expects(item)}"
    return "a text"


def _choices(info: inspect.Type) -> tuple[str, ...]:
    if isinstance(info, inspect.VarTupleType):
        return _choices(info.item_type)
    values = info.values if isinstance(info, inspect.LiteralType) else ()
    return tuple(value for value in values if isinstance(value, str))


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
