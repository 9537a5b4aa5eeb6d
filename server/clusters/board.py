"""A bell for whoever watches the clusters: rung after a state was stored, heard by every open page."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # The views stand on the wiring, which holds the board.
    from server.clusters.views import ClusterOut


class Board:
    """Counts the changes; a watcher waits for a number higher than the one it has seen.

    However many watch, what is there after a change is read once.
    """

    def __init__(self) -> None:
        self._number = 0
        self._rung = asyncio.Event()
        self._looking = asyncio.Lock()
        self._looked = -1
        self._clusters: dict[str, ClusterOut] = {}

    async def newest(
        self, seen: int, look: "Callable[[], Awaitable[list[ClusterOut]]]"
    ) -> "tuple[int, dict[str, ClusterOut]]":
        """The clusters by their ids as of the newest change, and its number.

        Whoever has seen nothing yet (-1) has them read anew: not everything that is stored rings.
        """
        asked = self._number
        async with self._looking:
            if seen < 0 or self._looked < asked:
                number = self._number
                self._clusters = {cluster.id: cluster for cluster in await look()}
                self._looked = number
            return self._looked, self._clusters

    def ring(self) -> None:
        self._number += 1
        self._rung.set()
        self._rung = asyncio.Event()

    async def changed(self, seen: int) -> int:
        while self._number <= seen:
            await self._rung.wait()
        return self._number
