"""Sources: ``program@version/rule`` or ``program@version/reward``, as every move, payment and reward carries one."""

from pos_loyalty.core.programs import Program, ProgramSet


def stamp_of(source: str) -> str:
    """Return the program version of a source.

    >>> stamp_of("club@1/ten-percent")
    'club@1'
    """
    return source.partition("/")[0]


def program_of(source: str) -> str:
    """Return the program of a source, or of a stamp.

    >>> program_of("club@1/ten-percent")
    'club'
    """
    return stamp_of(source).partition("@")[0]


def reward_of(source: str) -> str:
    """Return the name by which a basket claims the reward of a source.

    >>> reward_of("club@1/ten-percent")
    'club/ten-percent'
    """
    return f"{program_of(source)}/{source.partition('/')[2]}"


def version_of(programs: ProgramSet, source: str) -> Program | None:
    """Return the program version that a source, or a stamp, names; None if nobody knows it here."""
    return programs.by_stamp.get(stamp_of(source))
