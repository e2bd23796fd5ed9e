"""The one thread in which the line reads and writes the till's store: a slow disk holds up no connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class StoreThread:
    """What is asked of it is done one after the other."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hub-line-store")

    async def do(self, function: Callable[_P, _T], /, *arguments: _P.args, **options: _P.kwargs) -> _T:
        """Call ``function`` there. Whoever is cancelled meanwhile does not undo it: a transaction ends as it would."""
        return await asyncio.wrap_future(self._thread.submit(function, *arguments, **options))

    def stop(self) -> None:
        """Wait for what is being done, and do no more."""
        self._thread.shutdown(wait=True, cancel_futures=True)
