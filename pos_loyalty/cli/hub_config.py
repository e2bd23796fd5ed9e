"""The configuration of a hub: ``hub.toml``, read once at the start. docs/reference/hub-config.md is tested against it.

A hub is no till, so it has a file of its own. Faults are told all together, each with file, line, value, expectation.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, inspect

from pos_loyalty.config.text import toml
from pos_loyalty.errors import ConfigError

DEFAULT_PATH: Final = Path("/etc/pos-loyalty/hub.toml")

_Path = Annotated[str, Meta(pattern="^(/.*)?$", title="an absolute path")]
_Listen = Annotated[
    str,
    Meta(
        pattern=r"^(unix:/.+|.+:[0-9]{1,5})$",
        title='an address and a port such as "127.0.0.1:8470", or "unix:/run/pos-loyalty-hub/hub.sock"',
    ),
]
_Database = Annotated[
    str,
    Meta(
        pattern=r"^((sqlite:///.+|postgres(ql)?://.+))?$",
        title='"sqlite:///var/lib/pos-loyalty-hub/hub.db" or "postgresql://user@host/name"',
    ),
]
_Address = Annotated[
    str, Meta(pattern=r"^(https?://[^\s?#@]+)?$", title='an address such as "https://hub.example.com"')
]
_Zone = Annotated[str, Meta(min_length=1, title='an IANA time zone such as "Europe/Vienna"')]
_Terminals = Annotated[tuple[str, ...], Meta(min_length=1, title='names of tills such as ["till-1", "till-2"]')]
_Days = Annotated[int, Meta(ge=1, le=90, title="a number of days from 1 to 90")]
_Percent = Annotated[int, Meta(ge=1, le=100, title="a whole number of percent from 1 to 100")]
_Most = Annotated[
    dict[str, Annotated[int, Meta(gt=0)]], Meta(min_length=1, title="accounts and points such as { points = 20000 }")
]


class HubFile(msgspec.Struct, frozen=True, kw_only=True):
    """The section ``[hub]``."""

    time_zone: _Zone
    """Of the programs: points expire by its date."""
    listen: _Listen = "127.0.0.1:8470"
    address: _Address = ""
    """Where tills find the hub; ``hub enrol`` prints it."""
    database: _Database = "sqlite:///var/lib/pos-loyalty-hub/hub.db"
    database_file: _Path = ""
    """A file whose only line is the database: for one with a password."""
    tls_certificate: _Path = ""
    """PEM, the whole chain. Without it a proxy in front of the hub does TLS."""
    tls_key: _Path = ""
    snapshots: _Path = "/var/lib/pos-loyalty-hub/snapshots"
    """Folder of the prepared replicas; empty: none are offered."""


class AllowanceFile(msgspec.Struct, frozen=True, kw_only=True):
    """The section ``[allowance]``: what is set aside for tills, to be spent without the hub."""

    terminals: _Terminals
    most: _Most
    """Of one member. No number suits every program, so there is none unless it stands here."""
    days: _Days = 7
    share: _Percent = 50


class HubConfig(NamedTuple):
    """The whole file."""

    hub: HubFile
    allowance: AllowanceFile | None


_SECTIONS: Final[Mapping[str, type[msgspec.Struct]]] = {"hub": HubFile, "allowance": AllowanceFile}


class Listen(msgspec.Struct, frozen=True):
    """Where connections are taken."""

    host: str = ""
    port: int = 0
    socket: Path | None = None
    """A Unix socket, instead of both."""


def load(named: Path | None) -> HubConfig:
    """Read and check the file ``named``, else ``/etc/pos-loyalty/hub.toml``.

    Raises:
        ConfigError: it cannot be read or is not TOML, or every fault in it, one a line.
    """
    path = named or DEFAULT_PATH
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read: {error.strerror}; name another file with --config, or begin with "
            "docs/reference/hub-config.md"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 at byte {error.start}; save it again as UTF-8") from error
    return parse(text, path)


def parse(text: str, path: Path) -> HubConfig:
    """Check ``text`` as :func:`load` does; ``path`` is only named in faults."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    faults = list(_faults(document))
    if not faults:
        file = msgspec.convert(document["hub"], HubFile)
        aside = document.get("allowance")
        faults = list(_together(file))
        if not faults:
            return HubConfig(file, None if aside is None else msgspec.convert(aside, AllowanceFile))
    raise ConfigError("\n".join(f"{path}:{_line(text, key)}: {sentence}" for key, sentence in faults))


def database_of(file: HubFile) -> str:
    """Return the database's address, from the secret file if there is one.

    Raises:
        ConfigError: that file cannot be read, or holds no address.
    """
    if not file.database_file:
        return file.database
    try:
        text = Path(file.database_file).read_text("utf-8").strip()
        return msgspec.convert(text, _Database) or file.database
    except OSError as error:
        raise ConfigError(f"[hub] database_file = {toml(file.database_file)}: {error.strerror}") from error
    except (msgspec.ValidationError, UnicodeDecodeError):
        # Its content is a secret, whatever it is.
        raise ConfigError(
            f"[hub] database_file = {toml(file.database_file)}: expected one line in it, such as "
            '"postgresql://user:password@host/name"'
        ) from None


def listen_of(file: HubFile) -> Listen:
    """Return where to listen."""
    if file.listen.startswith("unix:"):
        return Listen(socket=Path(file.listen.removeprefix("unix:")))
    host, _, port = file.listen.rpartition(":")
    return Listen(host=host.strip("[]"), port=int(port))


def address_of(file: HubFile) -> str:
    """Return the address that tills are given."""
    scheme = "https" if file.tls_certificate else "http"
    return file.address or f"{scheme}://{file.listen}"


def expectations(section: str = "hub") -> dict[str, str]:
    """Return the keys of a section with what each must be."""
    struct = inspect.type_info(_SECTIONS[section])
    fields = struct.fields if isinstance(struct, inspect.StructType) else ()
    return {field.name: _expects(field.type) for field in fields}


def _expects(info: inspect.Type) -> str:
    schema = info.extra_json_schema if isinstance(info, inspect.Metadata) else None
    return str((schema or {}).get("title", "a text"))


def _faults(document: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, table in document.items():
        if name not in _SECTIONS:
            yield name, f"there is no section [{name}] in a hub's file; all keys stand under [hub] and [allowance]"
        elif isinstance(table, dict):
            yield from _faults_of(name, table)
        else:
            yield name, f"{name} = {toml(table)}: expected a section [{name}]"
    if "hub" not in document:
        yield "hub", "the section [hub] is missing: it says at least time_zone"


def _faults_of(section: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    known = expectations(section)
    fields = msgspec.structs.fields(_SECTIONS[section])
    types = {field.name: field.type for field in fields}
    for key, value in table.items():
        if key not in known:
            near = get_close_matches(key, known, n=1)
            yield key, f'[{section}] has no key "{key}"' + (f'; did you mean "{near[0]}"?' if near else "")
        elif not _fits(value, types[key]):
            yield key, f"[{section}] {key} = {toml(value)}: expected {known[key]}"
    for field in fields:
        if field.required and field.name not in table:
            yield section, f'[{section}] needs the key "{field.name}", {known[field.name]}'


def _together(file: HubFile) -> Iterator[tuple[str, str]]:
    try:
        ZoneInfo(file.time_zone)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        yield "time_zone", f"[hub] time_zone = {toml(file.time_zone)}: there is no such zone"
    if bool(file.tls_certificate) != bool(file.tls_key):
        yield "tls_certificate", "[hub] tls_certificate and tls_key belong together: give both or none"
    if listen_of(file).port > 65_535:  # noqa: PLR2004 - the largest port there is
        yield "listen", f"[hub] listen = {toml(file.listen)}: a port is at most 65535"
    if urlsplit(file.database).password:
        yield "database", "[hub] database holds a password: put the address into a file and name it in database_file"


def _fits(value: object, kind: object) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _line(text: str, key: str) -> int:
    """Return where a key, or the header of a section, stands. The text is TOML already."""
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(rf"""\s*(\[\s*{re.escape(key)}\s*\]|["']?{re.escape(key)}["']?\s*=)""", line):
            return number
    return 1
