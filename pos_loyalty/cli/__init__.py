"""The command line and the composition root: the only place that names all packages.

One file per command, imported when the command is used, so that ``--help`` and ``version`` start at once. What the
program ends with stands in ``exits``; how a command reaches the service in ``connection``.
"""

from pos_loyalty.cli.program import main

__all__ = ["main"]
