"""Brings the journal to the server, oldest first; a row leaves this disk only when the server said it is on its own."""

import asyncio

import structlog

from protocol.messages import AsRun, Event, JournalUpload
from receiver.errors import ServerRefused, StoreFailed, Unreachable
from receiver.server_api import ServerApi
from receiver.store import JournalRow, Store
from runtime.clock import Clock
from runtime.supervision import Backoff

BATCH = 200
_NEVER = {400, 413, 422}
"""What the server will say again whenever it is asked."""

log = structlog.get_logger()


class Journal:
    def __init__(self, store: Store, api: ServerApi, *, clock: Clock) -> None:
        self._store, self._api, self._clock = store, api, clock
        self._added = asyncio.Event()
        self._batch = BATCH

    def added(self) -> None:
        self._added.set()

    async def run(self) -> None:
        waits = Backoff(first_s=1.0, longest_s=60.0)
        while True:
            self._added.clear()
            try:
                more = await self.upload_some()
            except (Unreachable, ServerRefused, StoreFailed) as error:
                log.info("journal-waits", detail=str(error))
                await self._clock.sleep(waits.failed())
                continue
            waits.succeeded()
            if not more:
                await self._added.wait()

    async def upload_some(self) -> bool:
        """Upload the oldest rows; False when there were none.

        Raises Unreachable or ServerRefused, and then every row is still here.
        """
        rows = self._store.journal(self._batch)
        if not rows:
            return False
        try:
            await asyncio.to_thread(self._api.journal, _packed(rows))
        except ServerRefused as refusal:
            if refusal.status not in _NEVER:
                raise
            self._narrow(rows, refusal)
            return True
        self._store.forget_journal(rows[-1].number)
        self._batch = BATCH
        return True

    def _narrow(self, rows: list[JournalRow], refusal: ServerRefused) -> None:
        """One row that the server cannot take must not hold up the others: halve until it is found, set it aside."""
        if len(rows) > 1:
            self._batch = max(1, len(rows) // 2)
            return
        log.warning("journal-row-set-aside", number=rows[0].number, detail=str(refusal))
        self._store.set_aside(rows[0].number)
        self._batch = BATCH


def _packed(rows: list[JournalRow]) -> bytes:
    upload = JournalUpload(
        as_run=tuple(each.row for each in rows if isinstance(each.row, AsRun)),
        events=tuple(each.row for each in rows if isinstance(each.row, Event)),
    )
    return upload.model_dump_json(exclude_none=True).encode()
