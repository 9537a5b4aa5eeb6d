"""A stream that is worked on ahead of its reader, on another core.

PyAV and numpy leave the interpreter lock while they work, so threads are enough.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Full, Queue
from threading import Event, Thread
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")

_PATIENCE_S: Final = 0.1


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class _End:
    pass


class _Worker(Generic[Item]):
    """Runs through a stream in a thread of its own and lets at most `depth` items wait."""

    def __init__(self, stream: Iterable[Item], depth: int, name: str) -> None:
        self.waiting: Queue[Item | _Failed | _End] = Queue(depth)
        self._stream = stream
        self._stopped = Event()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            for item in self._stream:
                if not self._offer(item):
                    return
        except BaseException as error:  # noqa: BLE001 - It is raised again where the items are read.
            self._offer(_Failed(error))
        else:
            self._offer(_End())

    def _offer(self, item: Item | _Failed | _End) -> bool:
        while not self._stopped.is_set():
            try:
                self.waiting.put(item, timeout=_PATIENCE_S)
            except Full:
                continue
            return True
        return False

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


def ahead(stream: Iterable[Item], depth: int = 4, name: str = "ahead") -> Generator[Item]:
    """The same items in the same order. What the stream raises is raised here; closing this ends the work."""
    worker = _Worker(stream, depth, name)
    try:
        while not isinstance(item := worker.waiting.get(), _End):
            if isinstance(item, _Failed):
                raise item.error
            yield item
    finally:
        worker.stop()
