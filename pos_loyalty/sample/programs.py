"""The programs of the sample shop, one of every kind; they are written in the file beside this one."""

from importlib.resources import files

from pos_loyalty.core.documents import Form
from pos_loyalty.core.programs import Program
from pos_loyalty.core.programs.reading import Programs, read_programs

ACCOUNT = "club"
RIALS_PER_POINT = 100_000
"""A shirt of 18.5 million rials is 185 points."""

_TIER_FROM_RIALS = ((400_000_000, "platinum"), (150_000_000, "gold"), (0, "silver"))


def tier_for(spent: int) -> str:
    """Return the tier of somebody who spent that many rials."""
    return next(tier for from_rials, tier in _TIER_FROM_RIALS if spent >= from_rials)


def sample_programs() -> tuple[Program, ...]:
    """Return the programs, each in its first version, without an end."""
    read = read_programs(files("pos_loyalty.sample").joinpath("programs.toml").read_bytes(), Form.TOML)
    match read:
        case Programs():
            return read.programs
        case _:
            raise AssertionError(read[0].message)
