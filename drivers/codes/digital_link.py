"""GS1 Digital Link: GS1 elements written as a web address, read strictly and never followed. Pure.

GS1 Digital Link Standard, URI syntax: ``https://example.com/any/path/8018/952012345678900007/8019/2?17=271200``. The
last key in the path counts, behind it come its qualifiers in their order, and other elements stand in the query.
Anybody can print such an address, so only those of domains that the shop names are looked at.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final
from urllib.parse import unquote, unquote_plus

from drivers.codes.application_identifiers import Element, ElementFault, element, identifier
from drivers.codes.associations import fault

_URI: Final = re.compile(
    r"(?:https?|HTTPS?)://(?P<domain>[A-Za-z0-9.:-]+)/(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.ASCII
)
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_COMPRESSED: Final = re.compile(r"(?=.*[A-Z])[A-Za-z0-9_-]{8,}")
"""The last part of a compressed address (GS1 Digital Link Standard, compression): base 64 for addresses."""
_ITEM: Final = (("22", "10", "21"),)
_QUALIFIERS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "00": (),
    "01": (*_ITEM, ("235",)),
    "253": (),
    "255": (),
    "401": (),
    "402": (),
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
    "417": (("7040",),),
    "8003": (),
    "8004": (("7040",),),
    "8006": _ITEM,
    "8010": (("8011",),),
    "8013": (),
    "8017": (("8019",),),
    "8018": (("8019",),),
}
"""The keys that an address can have, and the sequences of qualifiers behind each; any of a sequence may be left out."""
_NOT_IN_QUERY: Final = frozenset(
    {"03", "21", "22", "235", "254", "7040", "8011", "8014", "8019", "8020", "8040", "8041", "8042", "8043", "8200"}
)
_GTIN_LENGTHS: Final = frozenset({8, 12, 13})
_GTIN_DIGITS: Final = 14


class LinkFault(StrEnum):
    """Why an address is no GS1 Digital Link for this shop. The address is not part of it."""

    FOREIGN = "foreign"
    """Not of a domain that the shop names, or no web address at all."""
    NO_KEY = "no_key"
    """Of a domain of the shop, and without a GS1 key: an ordinary page."""
    COMPRESSED = "compressed"
    STRUCTURE = "structure"
    """Qualifiers that do not belong to the key, or an identifier where it may not stand."""


def parse(text: str, domains: Sequence[str]) -> tuple[Element, ...] | LinkFault | ElementFault:
    """Return the elements of an address of one of ``domains``, or the first thing that is wrong with it.

    Args:
        text: the whole address.
        domains: in lower case, with the port if the addresses have one, such as ``id.gs1.org``.

    >>> parse("https://id.gs1.org/8018/952012345678900007", ["id.gs1.org"])
    (Element(ai='8018'),)
    """
    uri = _URI.fullmatch(text)
    if uri is None or uri["domain"].lower() not in domains or not _CHARACTERS.fullmatch(text):
        return LinkFault.FOREIGN
    in_path = _path_pairs(uri["path"].split("/"))
    if not in_path:
        is_compressed = _COMPRESSED.fullmatch(uri["path"].rpartition("/")[2])
        return LinkFault.COMPRESSED if is_compressed else LinkFault.NO_KEY
    in_query = list(_query_pairs(uri["query"] or ""))
    if problem := _structure_fault([ai for ai, _ in in_path], [ai for ai, _ in in_query]):
        return problem
    found: list[Element] = []
    for ai, value in (*in_path, *in_query):
        checked = element(ai, value)
        if isinstance(checked, ElementFault):
            return checked
        found.append(checked)
    return fault(found) or tuple(found)


def _path_pairs(parts: Sequence[str]) -> list[tuple[str, str]]:
    """Return identifiers and values from the last key of the path on; nothing if no key leads to its end."""
    for at in range(len(parts) - 2, -1, -2):
        if not _is_identifier(parts[at]):
            break
        if parts[at] in _QUALIFIERS:
            pairs = [(ai, unquote(value)) for ai, value in zip(parts[at::2], parts[at + 1 :: 2], strict=True)]
            return [(ai, _padded(ai, value)) for ai, value in pairs]
    return []


def _padded(ai: str, value: str) -> str:
    """Fill a number of a trade item that is written in 8, 12 or 13 digits up to 14."""
    return value.zfill(_GTIN_DIGITS) if ai == "01" and len(value) in _GTIN_LENGTHS else value


def _query_pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yield the numeric parameters: those that are not numeric belong to the page."""
    for parameter in query.split("&"):
        name, equals, value = parameter.partition("=")
        if equals and name.isascii() and name.isdecimal():
            yield name, unquote_plus(value)


def _structure_fault(path: Sequence[str], query: Sequence[str]) -> LinkFault | ElementFault | None:
    if not all(map(_is_identifier, query)):
        return ElementFault.UNKNOWN
    if len({*path, *query}) < len(path) + len(query):
        return ElementFault.REPEATED
    key, qualifiers = path[0], path[1:]
    if not _is_sequence(key, qualifiers) or any(
        ai in _NOT_IN_QUERY or _is_in_path(key, qualifiers, ai) for ai in query
    ):
        return LinkFault.STRUCTURE
    return None


def _is_in_path(key: str, qualifiers: Sequence[str], ai: str) -> bool:
    """Whether ``ai`` would be a qualifier of this key beside the others: then the query is no place for it."""
    places = range(len(qualifiers) + 1)
    return any(_is_sequence(key, [*qualifiers[:place], ai, *qualifiers[place:]]) for place in places)


def _is_sequence(key: str, qualifiers: Sequence[str]) -> bool:
    """Whether the qualifiers are some of a sequence of the key, in its order."""
    if not qualifiers:
        return True
    return any(
        set(qualifiers) <= set(sequence)
        and all(sequence.index(one) < sequence.index(next_one) for one, next_one in pairwise(qualifiers))
        for sequence in _QUALIFIERS[key]
    )


def _is_identifier(text: str) -> bool:
    return bool(text) and identifier(text) == text
