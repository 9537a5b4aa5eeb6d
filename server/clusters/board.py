"""A bell for whoever watches the clusters: rung after a state was stored, heard by every open page."""

import asyncio


class Board:
    """Counts the changes; a watcher waits for a number higher than the one it has seen."""

    def __init__(self) -> None:
        self._number = 0
        self._rung = asyncio.Event()

    @property
    def number(self) -> int:
        return self._number

    def ring(self) -> None:
        self._number += 1
        self._rung.set()
        self._rung = asyncio.Event()

    async def changed(self, seen: int) -> int:
        while self._number <= seen:
            await self._rung.wait()
        return self._number
