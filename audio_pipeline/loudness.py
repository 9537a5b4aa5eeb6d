"""Loudness to ITU-R BS.1770-5 and EBU Tech 3341/3342 from one list of energies, a value every 10 ms.

Everything is a sum over that list, so a gain that changes slowly can be applied to the list instead of the sound,
and the loudness of a recording that does not exist yet is known (dynamics.py lives from this).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from audio_pipeline.blocks import BLOCK, Block, Series, cells
from audio_pipeline.filters import K_WEIGHTING, Filter

CELL: Final = 480
CELLS_PER_SECOND: Final = 100
MOMENTARY: Final = 40
SHORT_TERM: Final = 300
GATE_HOP: Final = 10
ABSOLUTE_GATE_LUFS: Final = -70.0
_OFFSET: Final = -0.691


class Energy:
    """The K-weighted mean square of every 10 ms, summed over channels (left and right weigh 1.0)."""

    def __init__(self, channels: int) -> None:
        self._parts: list[Series] = []
        # Two channels that carry the same sound are filtered once, for as long as they do.
        self._twins = channels == 2
        self._filter = Filter(K_WEIGHTING, 1 if self._twins else channels)
        self._last = np.zeros((channels, 0), dtype=np.float32)

    def add(self, block: Block) -> None:
        """(channels, n); blocks are of whole cells but for the last."""
        if self._twins and not np.array_equal(block[0], block[1]):
            self._twins, self._filter = False, Filter(K_WEIGHTING, 2)
            if self._last.shape[1]:
                self._filter(self._last)
        weighted = self._filter(block[:1] if self._twins else block)
        total = np.zeros(-(-block.shape[1] // CELL))
        for line in weighted:
            grid = cells(line, CELL)
            total += np.einsum("ij,ij->i", grid, grid)
        self._parts.append(total * ((2 if self._twins else 1) / CELL))
        self._last = block

    def series(self) -> Series:
        return np.concatenate(self._parts) if self._parts else np.zeros(0)


def lufs(energy: float) -> float:
    """Loudness of a mean square; −inf for none."""
    return _OFFSET + 10 * math.log10(energy) if energy > 0 else -math.inf


def _energy(loudness: float) -> float:
    return math.pow(10.0, (loudness - _OFFSET) / 10)


def windows(series: Series, length: int, hop: int = 1) -> Series:
    """Mean of every `length` cells, one every `hop`; of all there is where it is shorter than one window."""
    if len(series) < length:
        return series.mean(keepdims=True) if len(series) else np.zeros(0)
    sums = np.concatenate([[0.0], np.cumsum(series)])
    # Differences of a running sum leave a residue near 1e-16 of the total where there is digital silence.
    means: Series = np.maximum(sums[length::hop] - sums[:-length:hop], 0.0) / length
    return means


def integrated(series: Series) -> float:
    """Gated loudness in LUFS: 400 ms blocks that overlap by 75 %, gates at −70 LUFS and −10 LU."""
    blocks = windows(series, MOMENTARY, GATE_HOP)
    loud = blocks[blocks > _energy(ABSOLUTE_GATE_LUFS)]
    if not len(loud):
        return -math.inf
    kept = loud[loud > loud.mean() / 10]
    return lufs(float(kept.mean()))


def loudest(series: Series, length: int) -> float:
    """The loudest window in LUFS, at a hop of 10 ms (a longer hop misses Tech 3341 cases 13 and 14)."""
    found = windows(series, length)
    return lufs(float(found.max())) if len(found) else -math.inf


def loudness_range(series: Series) -> float:
    """LRA in LU to EBU Tech 3342: short-term every 100 ms, gates at −70 LUFS and −20 LU, 10th to 95th percentile."""
    found = windows(series, SHORT_TERM, GATE_HOP)
    loud = found[found > _energy(ABSOLUTE_GATE_LUFS)]
    kept = np.sort(loud[loud > loud.mean() / 100]) if len(loud) else loud
    if len(kept) < 2:
        return 0.0
    low, high = (kept[round((len(kept) - 1) * share)] for share in (0.10, 0.95))
    return 10 * math.log10(high / low)


def energies(stream: Block) -> Series:
    """The series of a whole sound in memory, (channels, n)."""
    meter = Energy(stream.shape[0])
    for first in range(0, stream.shape[1], BLOCK):
        meter.add(stream[:, first : first + BLOCK])
    return meter.series()
