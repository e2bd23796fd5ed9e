"""GS1 codes for the tests: built here, so that what is read back was written by somebody else than the reader."""

from hypothesis import strategies as st

from drivers.codes.decoding import GS
from pos_loyalty.core.gs1 import gs1_check_digit

ENDED_BY_LENGTH = frozenset({"00", "01", "02", "15", "16", "17", "3103", "3202", "410", "414"})
"""Identifiers of the tests whose data have a predefined length."""


def checked(digits: str) -> str:
    """Return ``digits`` with their check digit behind them."""
    return digits + gs1_check_digit(digits)


GSRN = checked("95201234567890000")
GTIN = checked("0950600013435")
GCN = checked("952012345678")
"""Numbers of GS1's own demonstration prefixes."""


def build(*elements: tuple[str, str]) -> str:
    """Return element strings as a reader sends them: FNC1 only behind data without a predefined length."""
    written = [ai + value + ("" if ai in ENDED_BY_LENGTH else GS) for ai, value in elements]
    return "".join(written).removesuffix(GS)


def link(*path: tuple[str, str], query: str = "", host: str = "id.gs1.org") -> str:
    """Return a GS1 Digital Link of elements whose values need no percent signs."""
    return f"https://{host}" + "".join(f"/{ai}/{value}" for ai, value in path) + (f"?{query}" if query else "")


def digits(count: int) -> st.SearchStrategy[str]:
    """Give texts of ``count`` digits."""
    return st.text("0123456789", min_size=count, max_size=count)


KEYS = st.sampled_from(
    [("00", 17), ("01", 13), ("253", 12), ("255", 12), ("402", 16), ("8017", 17), ("8018", 17)]
).flatmap(lambda key: digits(key[1]).map(lambda number: (key[0], checked(number))))
"""Keys that may stand alone, with their check digits."""
