"""Which GS1 application identifiers need another one beside them, and which two exclude each other. Pure.

GS1 General Specifications, section 4, "Data relationships": mandatory associations and invalid pairs. ``n`` stands for
any digit, so that ``310n`` is every net weight in kilograms, however many decimals it has.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from drivers.codes.application_identifiers import Element, ElementFault

_ANY_ITEM: Final = "01 02 03 8006 8026"
_MEASURES: Final = "30 31nn 32nn 35nn 36nn"

_REQUIRED: Final[tuple[tuple[str, str], ...]] = (
    ("02", "37"),
    ("10 11 13 15 16 20 240 241 422", _ANY_ITEM),
    ("12", "8020"),
    ("17", f"{_ANY_ITEM} 255"),
    ("21 251 7021 8012", "01 03 8006"),
    ("22 235 337n 71n 8001 8014 8200", "01"),
    ("242 7001", "01 02 8006 8026"),
    ("243", "01 03"),
    ("250", "01+21 03+21 8006+21"),
    ("254", "414"),
    ("30 311n 312n 313n 314n 315n 316n 32nn 350n 351n 352n 356n 357n 360n 361n 364n 365n 366n 310n", "01 02"),
    ("37", "00+02 00+8026"),
    ("330n 331n 332n 333n 334n 335n 336n 34nn 353n 354n 355n 362n 363n 367n 368n 369n", "00 01"),
    ("390n", "255 8020"),
    ("391n", "8020"),
    ("392n", "01+30 01+31nn 01+32nn 01+35nn 01+36nn"),
    ("393n 395n", _MEASURES),
    ("394n 8111", "255"),
    ("403 4300 4301 4302 4304 4305 4306 4307 4308 4309 4310 4311 4312 4314 4315 4316 4317 4318 4319", "00"),
    ("432n 433n 7041", "00"),
    ("4303", "4302"),
    ("4313", "4312"),
    ("415", "8020"),
    ("423 424 425 426 7003 7010 7011 8008", "01 02 03"),
    ("427", "01+422 02+422 03+422"),
    ("7002 7005 7006 7007 7008 7009 703n 8005", "01 02"),
    ("7004", "01+10 03+10"),
    ("7020", "01+416 03+416 8006+416"),
    ("7022", "01+7021 03+7021 8006+7021"),
    ("723n", "01 8004"),
    ("7240", "01 8006"),
    ("7241 7242 7253 7254 7255 7256 8019", "8017 8018"),
    ("7250 7251 7252 7257 7259", "8018"),
    ("7258", "8018+7259"),
    ("8007 8020", "415"),
    ("8009", "00 01 03"),
    ("8011", "8010"),
    ("8026", "37"),
    ("8030", "00 01+21 03+21 253 255 8003 8004 8006+21 8010+8011 8017 8018"),
    ("8040", "01+21"),
    ("8041 8042 8043", "01+21+8040"),
)
"""Identifiers, and what one of must be there too: alternatives, each of one identifier or several joined by ``+``."""

_EXCLUDED: Final[tuple[tuple[str, str], ...]] = (
    ("01", "255 37"),
    ("02", "01 03"),
    ("03", "01 02 37 235"),
    ("21", "235"),
    ("255", "01 02 415 8006 8020 8026"),
    ("390n", "391n 394n 8111"),
    ("392n", "393n"),
    ("394n", "8111"),
    ("395n", "392n 393n 8005"),
    ("420", "421"),
    ("421", "4307"),
    ("422 423 424 425", "426"),
    ("4330", "4331"),
    ("4332", "4333"),
    ("7240", "03"),
    ("7250", "7251"),
    ("7253 7254 7255", "7256 7259"),
    ("7259", "7256"),
    ("8006", "01 03 37"),
    ("8017", "8018"),
    ("8026", "02 03 8006"),
)
_ONE_OF_A_KIND: Final = re.compile("3[1-6][0-9]{2}|39[0-5][0-9]")
"""Measures and amounts: the same one with other decimals would be a second value."""


def fault(elements: Sequence[Element]) -> ElementFault | None:
    """Return what is wrong with these elements beside each other, each of them right by itself.

    >>> fault([Element("8019", "1")])
    <ElementFault.REQUIRED: 'required'>
    """
    values = {found.ai: found.value for found in elements}
    if any(values[found.ai] != found.value for found in elements):
        return ElementFault.REPEATED
    if any(_excludes(ai, other) for ai in values for other in values if ai != other):
        return ElementFault.EXCLUDED
    return None if all(_has_company(ai, values) for ai in values) else ElementFault.REQUIRED


def _has_company(ai: str, present: Iterable[str]) -> bool:
    return all(
        any(all(any(_fits(part, other) for other in present) for part in group.split("+")) for group in groups)
        for groups in _needs(ai)
    )


@cache
def _needs(ai: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(groups.split()) for names, groups in _REQUIRED if _is_named(ai, names))


@cache
def _excludes(ai: str, other: str) -> bool:
    if ai[:3] == other[:3] and _ONE_OF_A_KIND.fullmatch(ai) and _ONE_OF_A_KIND.fullmatch(other):
        return True
    return any(_is_named(ai, names) and _is_named(other, others) for names, others in _EXCLUDED)


def _is_named(ai: str, names: str) -> bool:
    return any(_fits(name, ai) for name in names.split())


def _fits(name: str, ai: str) -> bool:
    """Whether ``ai`` is ``name``, whose ``n`` stand for any digit."""
    return len(name) == len(ai) and all(mark in {"n", digit} for mark, digit in zip(name, ai, strict=True))
