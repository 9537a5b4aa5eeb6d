"""Whether a bus is connected now, and for the how-manieth time."""

import asyncio


class Connections:
    def __init__(self, linked: asyncio.Event | None = None) -> None:
        """`linked` is kept set while there is a connection."""
        self._linked = linked or asyncio.Event()
        self._number = 0
        self._next = asyncio.Event()

    @property
    def up(self) -> bool:
        return self._linked.is_set()

    def begins(self) -> None:
        self._number += 1
        self._linked.set()
        self._next.set()
        self._next = asyncio.Event()

    def ends(self) -> None:
        self._linked.clear()

    async def later_than(self, number: int) -> int:
        """Wait until there is a connection with a greater number than this; returns its number."""
        while not (self.up and self._number > number):
            await self._next.wait()
        return self._number
