"""A virtual device: a thread that asks for 20 ms of sound every 20 ms, as a sound card would.

When the thread is late it catches up block by block, each with the instant that was its own; so sample n always
belongs to the first instant + n / 48000.
"""

import threading
from collections.abc import Callable

from protocol.units import SAMPLE_RATE_HZ
from receiver.outputs import Block, Render
from runtime.clock import Clock

BLOCK_SAMPLES = 960


class Pace:
    def __init__(self, clock: Clock, *, name: str) -> None:
        self._clock = clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._name = name

    def start(self, render: Render, sink: Callable[[Block], None], *, first_s: float) -> None:
        """Ask from the instant `first_s` (monotonic) on, and give each block to `sink`."""
        self._thread = threading.Thread(target=self._run, args=(render, sink, first_s), name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, render: Render, sink: Callable[[Block], None], first_s: float) -> None:
        done = 0
        while not self._stopping.is_set():
            due_s = first_s + done / SAMPLE_RATE_HZ
            wait_s = due_s - self._clock.monotonic()
            if wait_s > 0 and self._stopping.wait(wait_s):
                return
            sink(render(due_s, BLOCK_SAMPLES))
            done += BLOCK_SAMPLES
