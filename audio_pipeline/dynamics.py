"""The gain of every moment, planned from the whole recording before one sample is touched.

A limiter that runs beside the sound sees a few milliseconds of it. This one has the envelope of the whole recording, so
the gain that brings it to its loudness *after* limiting is found by calculation, and one encode usually does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_pipeline import loudness, truepeak
from audio_pipeline.blocks import Block, Series

PER_ENERGY_CELL: Final = loudness.CELL // truepeak.CELL
# The gain falls at most this fast before a peak and comes back this slowly after it, in dB per 2.5 ms.
ATTACK_DB: Final = 2.0
RELEASE_DB: Final = 0.35
MAKE_UP_DB: Final = 12.0
_SMOOTH: Final = 2
_ITERATIONS: Final = 40


@dataclass(frozen=True, slots=True)
class Envelope:
    """A recording as the planner sees it: K-weighted energy every 10 ms, true peak every 2.5 ms."""

    energy: Series
    peaks: npt.NDArray[np.float32]

    def part(self, start: int, end: int) -> Envelope:
        """The energy cells [start, end) and their peaks."""
        return Envelope(self.energy[start:end], self.peaks[start * PER_ENERGY_CELL : end * PER_ENERGY_CELL])


@dataclass(frozen=True, slots=True)
class Plan:
    """`points` are linear gains at the borders of the 2.5 ms cells (one more than cells), straight lines between."""

    gain_db: float
    points: npt.NDArray[np.float32]
    predicted_lufs: float
    deepest_db: float

    def apply(self, line: Block, first_cell: int) -> Block:
        """The line, which begins with cell `first_cell`, at the planned gain."""
        count = -(-len(line) // truepeak.CELL)
        points = self.points[first_cell : first_cell + count + 1]
        ramp = np.arange(truepeak.CELL, dtype=np.float32) / np.float32(truepeak.CELL)
        curve = points[:-1, None] + (points[1:] - points[:-1])[:, None] * ramp
        applied: Block = line * curve.reshape(-1)[: len(line)]
        return applied


def _limiter_db(peaks_db: Series, ceiling_db: float) -> Series:
    """Reduction in dB (never above 0) of each cell so that no cell passes the ceiling."""
    need = np.minimum(0.0, ceiling_db - peaks_db)
    if not need.any():
        return need
    index = np.arange(len(need))
    reach = _SMOOTH
    padded = np.pad(need, reach, mode="edge")
    held = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    after = np.minimum.accumulate(held - RELEASE_DB * index) + RELEASE_DB * index
    before = (np.minimum.accumulate(held[::-1] - ATTACK_DB * index) + ATTACK_DB * index)[::-1]
    shaped = np.pad(np.minimum(after, before), reach, mode="edge")
    smooth: Series = np.lib.stride_tricks.sliding_window_view(shaped, 2 * reach + 1).mean(axis=1)
    return np.minimum(smooth, need)


def _limited(envelope: Envelope, peaks_db: Series, gain_db: float, ceiling_db: float) -> tuple[float, Series]:
    reduction = _limiter_db(peaks_db + gain_db, ceiling_db)
    power = np.power(10.0, (reduction + gain_db) / 10)
    missing = len(envelope.energy) * PER_ENERGY_CELL - len(power)
    cells = np.pad(power, (0, max(0, missing)), mode="edge")[: len(envelope.energy) * PER_ENERGY_CELL]
    return loudness.integrated(envelope.energy * cells.reshape(-1, PER_ENERGY_CELL).mean(axis=1)), reduction


def plan(envelope: Envelope, target_lufs: float, ceiling_dbtp: float, max_gain_db: float) -> Plan:
    """The one gain, and the limiter over it, that bring the recording to the target under the ceiling.

    The loudness changes by ±max_gain_db at most, and the limiter gives back at most MAKE_UP_DB of what it took; where
    that does not reach the target, `predicted_lufs` says how far it got.
    """
    peaks_db = 20 * np.log10(np.maximum(envelope.peaks.astype(np.float64), 1e-9))
    raw = loudness.integrated(envelope.energy)
    gain = min(max(target_lufs - raw, -max_gain_db), max_gain_db)
    aim, most = raw + gain, gain + MAKE_UP_DB
    predicted, reduction = _limited(envelope, peaks_db, gain, ceiling_dbtp)
    for _ in range(_ITERATIONS):
        short = aim - predicted
        if short < 0.005 or most - gain < 0.005:
            break
        gain = min(gain + short, most)
        predicted, reduction = _limited(envelope, peaks_db, gain, ceiling_dbtp)
    linear = np.power(10.0, (reduction + gain) / 20)
    edges = np.concatenate([linear[:1], np.minimum(linear[:-1], linear[1:]), linear[-1:]])
    return Plan(gain, edges.astype(np.float32), predicted, float(-reduction.min(initial=0.0)))
