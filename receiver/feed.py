"""Decoded sound of one asset, ahead of the position at which it is heard.

The decoder's thread fills it, the output's thread takes from it; neither ever waits for the other's work.
"""

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from protocol.units import SAMPLE_RATE_HZ
from receiver.outputs import Block

AHEAD_SAMPLES = 2 * SAMPLE_RATE_HZ
CHUNK_SAMPLES = SAMPLE_RATE_HZ // 5
LEAD_SAMPLES = SAMPLE_RATE_HZ // 10
"""A position that is gone is not chased: decoding goes on 100 ms ahead of it, and sound joins there."""


class Reader(Protocol):
    """An asset opened for decoding (audio_pipeline.decode.OpusReader)."""

    def read(self, first_sample: int, count: int) -> Block:
        """Fewer than `count` only at the end; raises ValueError or OSError for a file that cannot be read."""
        ...

    def close(self) -> None: ...


OpenReader = Callable[[Path], Reader]


class Taken(NamedTuple):
    """`block[begin:end]` is sound; the rest is silence, because it was not there in time."""

    block: Block
    begin: int
    end: int


class Feed:
    """Of one asset from one position on."""

    def __init__(self, reader: Reader, *, position: int) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._chunks: deque[tuple[int, Block]] = deque()
        self._next = position
        self._heard = position
        self._end: int | None = None

    def fill(self) -> bool:
        """Decode one chunk, when there is room for it; True when there was. Raises what the reader raises."""
        with self._lock:
            if self._astray():
                self._chunks.clear()
                self._next, self._end = self._heard + LEAD_SAMPLES, None
            position = self._next
            if self._end is not None or position - self._heard >= AHEAD_SAMPLES:
                return False
        block = self._reader.read(position, CHUNK_SAMPLES)
        with self._lock:
            if len(block):
                self._chunks.append((position, block))
            self._next = position + len(block)
            if len(block) < CHUNK_SAMPLES:
                self._end = self._next
        return True

    def _astray(self) -> bool:
        """Whether the position has overtaken the decoding, or jumped back to before what is decoded."""
        overtaken = self._next < self._heard
        return overtaken or bool(self._chunks and self._chunks[0][0] > self._heard + 2 * LEAD_SAMPLES)

    def take(self, position: int, count: int) -> Taken:
        """The samples from `position` on; what lies before them is forgotten."""
        out = np.zeros(count, dtype=np.float32)
        begin = end = 0
        with self._lock:
            self._heard = position + count
            while self._chunks and self._chunks[0][0] + len(self._chunks[0][1]) <= position:
                self._chunks.popleft()
            for first, block in self._chunks:
                low, high = max(first, position), min(first + len(block), position + count)
                if low >= high or (end > begin and low != position + end):
                    break
                if end == begin:
                    begin = low - position
                out[low - position : high - position] = block[low - first : high - first]
                end = high - position
            if self._end is not None and position + count > self._end:
                # The asset is shorter than was said: the rest of it is silence that is meant.
                begin, end = (begin, count) if end > begin else (0, count)
        return Taken(out, begin, end)

    def close(self) -> None:
        self._reader.close()
