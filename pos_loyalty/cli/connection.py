"""How a command reaches the till service: ``--socket``, else the socket that the configuration names."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from pos_loyalty.config import find, load
from pos_loyalty.service.client import TillClient

_T = TypeVar("_T")


def socket_of(socket: Path | None, config_path: Path | None) -> Path:
    """Return the socket to connect to.

    Raises:
        ConfigError: no socket was named, and the configuration is missing or wrong.
    """
    return socket or Path(load(find(config_path)).service.socket)


def ask(socket: Path, question: Callable[[TillClient], Awaitable[_T]]) -> _T:
    """Connect, ask, hang up.

    Raises:
        ServiceUnreachable: nobody answers.
    """

    async def asked() -> _T:
        async with TillClient(socket) as client:
            return await question(client)

    return asyncio.run(asked())
