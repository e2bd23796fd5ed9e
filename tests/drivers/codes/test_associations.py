"""GS1 identifiers beside each other: some need company, some do not bear it."""

import pytest

from drivers.codes.application_identifiers import Element, ElementFault
from drivers.codes.associations import fault


def beside(*identifiers: str) -> ElementFault | None:
    """Say what is wrong with these identifiers in one code; their data do not matter here."""
    return fault([Element(ai, "1") for ai in identifiers])


@pytest.mark.parametrize(
    "identifiers",
    [
        "01",
        "8018",
        "8018 8019",
        "8017 8019",
        "255",
        "255 8111",
        "255 3902",
        "255 3941",
        "255 17",
        "01 10 17 21",
        "01 3103",
        "01 3103 3922",
        "01 30 3950",
        "00 02 37",
        "00 8026 37",
        "01 21 250",
        "01 422 427",
        "414 254",
        "415 8020 3902",
        "8018 7253 7254",
        "8018 7259 7258",
        "8018 255",
        "8018 01",
        "90 99",
        "8110",
    ],
)
def test_these_may_stand_together(identifiers: str) -> None:
    """Every required identifier is there and none is excluded."""
    assert beside(*identifiers.split()) is None


@pytest.mark.parametrize(
    "identifiers",
    [
        "8019",
        "8111",
        "3902",
        "3941",
        "01 8111",
        "17",
        "10",
        "21",
        "3103",
        "3922",
        "01 3922",
        "02",
        "02 37",
        "250 01",
        "254",
        "415",
        "7253",
        "8017 7250",
        "8018 7258",
    ],
)
def test_these_lack_another_one(identifiers: str) -> None:
    """An instance without its card, points without their coupon, a lot without its product; biip takes all of them."""
    assert beside(*identifiers.split()) is ElementFault.REQUIRED


@pytest.mark.parametrize(
    "identifiers",
    [
        "01 255",
        "8017 8018",
        "01 02 37",
        "01 37",
        "01 21 235",
        "01 3102 3103",
        "255 3902 3941",
        "255 3902 8111",
        "255 3901 3902",
        "255 3941 8111",
        "8018 7253 7256",
        "8018 7250 7251",
        "420 421",
    ],
)
def test_these_exclude_each_other(identifiers: str) -> None:
    """Two that contradict each other are refused in either order, also the same measure with other decimals."""
    assert beside(*identifiers.split()) is ElementFault.EXCLUDED
    assert beside(*reversed(identifiers.split())) is ElementFault.EXCLUDED


def test_an_identifier_may_come_twice_with_the_same_data_only() -> None:
    """Two symbols of one label read as one repeat themselves; two numbers are two things."""
    assert fault([Element("8018", "1"), Element("8018", "1")]) is None
    assert fault([Element("8018", "1"), Element("8018", "2")]) is ElementFault.REPEATED
