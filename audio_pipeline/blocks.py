"""Streams of sound as numpy blocks: (channels, n) float32, full scale 1.0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

Block = npt.NDArray[np.float32]
Series = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

RATE_HZ: Final = 48_000
# One second: every grid that measures (2.5 ms, 10 ms, 100 ms) divides it, so no block ever splits a cell.
BLOCK: Final = RATE_HZ


def rechunk(stream: Iterable[Block], size: int = BLOCK) -> Iterator[Block]:
    """The same samples in blocks of exactly `size`, the last one shorter."""
    waiting: list[Block] = []
    held = 0
    for block in stream:
        waiting.append(block)
        held += block.shape[1]
        if held < size:
            continue
        joined = np.concatenate(waiting, axis=1)
        whole = held - held % size
        for first in range(0, whole, size):
            yield joined[:, first : first + size]
        waiting = [joined[:, whole:]]
        held -= whole
    if held:
        yield np.concatenate(waiting, axis=1)


def cells(line: Block, size: int) -> Block:
    """A line of n samples as (ceil(n / size), size), zeros after the end; a view where n divides."""
    missing = -len(line) % size
    whole = np.concatenate([line, np.zeros(missing, line.dtype)]) if missing else line
    return whole.reshape(-1, size)
