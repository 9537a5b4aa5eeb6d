"""What one subscription has yet to read: bounded, the oldest falls out, and that is said."""

import asyncio

import structlog

from server.bus import subjects
from server.bus.port import Message

log = structlog.get_logger()

CAPACITY = 50_000
"""Several minutes of the status of a province host's 10,000 receivers; a reader that is behind by more has failed."""


class Inbox:
    def __init__(self, topic_filter: str, *, capacity: int = CAPACITY) -> None:
        self.topic_filter = topic_filter
        self._queue: asyncio.Queue[Message] = asyncio.Queue(capacity)
        self._overflowing = False

    def put(self, message: Message) -> None:
        """Take `message` where the filter does."""
        if not subjects.takes(self.topic_filter, message.topic):
            return
        if self._queue.full():
            self._queue.get_nowait()
            if not self._overflowing:
                log.error("reader too slow, messages are lost", filter=self.topic_filter)
            self._overflowing = True
        self._queue.put_nowait(message)

    async def next(self) -> Message:
        message = await self._queue.get()
        if self._queue.empty():
            self._overflowing = False
        return message
