"""True peak to ITU-R BS.1770-5 Annex 2: four times oversampled, a value every 2.5 ms.

A peak between samples stands beside a sample that is itself a peak, so only those are interpolated: on speech a
thirtieth of the work of interpolating everything, and the same figure (tests/audio/test_truepeak.py compares them).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_pipeline.blocks import Block, cells

CELL: Final = 120
CELLS_PER_SECOND: Final = 400
REACH: Final = 12
_PHASES: Final = 4
# A sample this far below the highest of its cell (4.4 dB) has no higher peak beside it than that one's.
_NEAR: Final = np.float32(0.6)

Peaks = npt.NDArray[np.float32]


def _design() -> Peaks:
    """Interpolation at the three instants before a sample and the three after it, (2 REACH + 1, 6)."""
    columns = []
    for phase in (-3, -2, -1, 1, 2, 3):
        at = np.arange(-REACH, REACH + 1) - phase / _PHASES
        inside = np.clip(1 - (at / REACH) ** 2, 0, None)
        column = np.sinc(at) * np.i0(7.0 * np.sqrt(inside)) * (inside > 0)
        columns.append(column / column.sum())
    return np.stack(columns, axis=1).astype(np.float32)


FILTERS: Final = _design()
# No instant between samples is higher than this times the highest sample in reach.
BOUND: Final = float(np.abs(FILTERS).sum(axis=0).max())


class PeakEnvelope:
    """The true peak of every 2.5 ms of one line, linear; the interpolation reaches 12 samples to each side."""

    def __init__(self, *, only_highest: bool = False) -> None:
        """With `only_highest`, cells that cannot hold the highest peak keep their sample peak: for meters."""
        self._line: Peaks = np.zeros(REACH, dtype=np.float32)
        self._parts: list[Peaks] = []
        self._only_highest = only_highest
        self.highest = 0.0
        self.sample_peak = 0.0

    def add(self, line: Block) -> None:
        """The line goes on with these samples, (n,)."""
        self._line = np.concatenate([self._line, line.astype(np.float32, copy=False)])
        ready = (len(self._line) - 2 * REACH) // CELL * CELL
        if ready > 0:
            self._take(ready)

    def series(self) -> Peaks:
        """All cells; the line ends here."""
        left = len(self._line) - REACH
        if left > 0:
            self._line = np.concatenate([self._line, np.zeros(REACH, dtype=np.float32)])
            self._take(left)
        return np.concatenate(self._parts) if self._parts else np.zeros(0, dtype=np.float32)

    def _take(self, count: int) -> None:
        """Turn `count` samples into cells; what the interpolation reaches stays in hand."""
        level = np.abs(self._line[: count + 2 * REACH])
        own = level[REACH:-REACH]
        grid = cells(own, CELL)
        peaks = grid.max(axis=1)
        self.sample_peak = max(self.sample_peak, float(peaks.max()))
        floor = peaks * _NEAR
        if self._only_highest:
            floor = np.maximum(floor, np.float32(max(self.highest, self.sample_peak) / BOUND))
        near = (grid >= np.maximum(floor, np.float32(1e-6))[:, None]).reshape(-1)[:count]
        near &= own >= level[REACH - 1 : -REACH - 1]
        near &= own >= level[REACH + 1 : count + REACH + 1]
        found = near.nonzero()[0]
        if len(found):
            around = self._line[found[:, None] + np.arange(2 * REACH + 1)]
            np.maximum.at(peaks, found // CELL, np.abs(around @ FILTERS).max(axis=1))
        self.highest = max(self.highest, float(peaks.max()))
        self._parts.append(peaks)
        self._line = self._line[count:]


def decibels(linear: float) -> float:
    """20 log10, −inf for nothing."""
    return 20 * math.log10(linear) if linear > 0 else -math.inf
