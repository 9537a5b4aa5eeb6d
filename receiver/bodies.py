"""Fetches the body of the newest rundown; it asks until it has it, or a newer one is there."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator

import structlog

from protocol.messages import RundownHead
from receiver.errors import AssetRefused, ServerRefused, Unreachable
from receiver.events import BodyCame
from receiver.server_api import ServerApi
from runtime.clock import Clock
from runtime.supervision import Backoff

log = structlog.get_logger()


class Bodies:
    def __init__(self, api: ServerApi, *, clock: Clock, report: Callable[[BodyCame], None]) -> None:
        self._api, self._clock, self._report = api, clock, report
        self._wanted: RundownHead | None = None
        self._changed = asyncio.Event()

    def want(self, head: RundownHead) -> None:
        self._wanted = head
        self._changed.set()

    async def run(self) -> None:
        waits = Backoff(first_s=0.5, longest_s=30.0)
        while True:
            if self._wanted is None:
                await self._changed.wait()
            self._changed.clear()
            head = self._wanted
            if head is None:
                continue
            try:
                packed = await asyncio.to_thread(self._read, head)
            except (Unreachable, ServerRefused, AssetRefused) as error:
                log.info("rundown-waits", sha256=head.sha256, detail=str(error))
                await self._clock.sleep(waits.failed())
                continue
            waits.succeeded()
            if self._wanted == head:
                self._wanted = None
            self._report(BodyCame(head.sha256, packed))

    def _read(self, head: RundownHead) -> bytes:
        def take(_begins: int, chunks: Iterator[bytes]) -> bytes:
            read = bytearray()
            for chunk in chunks:
                read += chunk
                if len(read) > head.bytes:
                    raise AssetRefused(f"more than the {head.bytes} bytes that were announced")
            if hashlib.sha256(read).hexdigest() != head.sha256:
                raise AssetRefused("its content is not what its name says")
            return bytes(read)

        return self._api.asset(head.sha256, start=0, take=take)
