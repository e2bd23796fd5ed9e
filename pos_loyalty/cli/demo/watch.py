"""Waiting for the till to show something."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Self

import click

from pos_loyalty.errors import ServiceUnreachable
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import TillView

_PATIENCE_S = 60.0
"""What is awaited comes within a second, on an idle machine."""


class Watch:
    """The newest view of the till, kept fresh from its event stream."""

    def __init__(self, client: TillClient) -> None:
        self._client = client
        self._changed = asyncio.Condition()
        self._view: TillView | None = None
        self._lost: ServiceUnreachable | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def until(self, shown: Callable[[TillView], bool], what: str, patience_s: float = _PATIENCE_S) -> TillView:
        """Return the first view for which ``shown`` holds.

        Raises:
            ClickException: it did not come.
            ServiceUnreachable: the service has gone.
        """
        try:
            async with asyncio.timeout(patience_s):
                return await self._first(shown)
        except TimeoutError:
            now = self._view.stage if self._view else "nothing"
            raise click.ClickException(f"{what} did not come within {patience_s:.0f} s; the till shows {now}") from None

    async def quiet(self, shown: Callable[[TillView], bool], seconds: float) -> None:
        """Return once ``shown`` has held for ``seconds``, whatever else changed.

        Raises:
            ServiceUnreachable: the service has gone.
        """
        while True:
            await self._first(shown)
            try:
                async with asyncio.timeout(seconds):
                    await self._first(lambda view: not shown(view))
            except TimeoutError:
                return

    async def _first(self, shown: Callable[[TillView], bool]) -> TillView:
        async with self._changed:
            while self._view is None or not shown(self._view):
                if self._lost:
                    raise self._lost
                await self._changed.wait()
            return self._view

    async def _follow(self) -> None:
        try:
            async for view in self._client.watch():
                self._view = view
                await self._tell()
        except ServiceUnreachable as lost:
            self._lost = lost
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
