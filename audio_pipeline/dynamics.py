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
from audio_pipeline.leveller import talkers_db
from audio_pipeline.profiles import Profile

PER_ENERGY_CELL: Final = loudness.CELL // truepeak.CELL
# The gain falls at most this fast before a peak and comes back this slowly after it, in dB per 2.5 ms.
ATTACK_DB: Final = 2.0
RELEASE_DB: Final = 0.6
# What the limiter takes of the loudness, the gain before it gives back, up to this.
MAKE_UP_DB: Final = 24.0
_SMOOTH: Final = 2
_ITERATIONS: Final = 40
_NEAR_LU: Final = 0.005


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
    levelled: bool

    def apply(self, line: Block, first_cell: int) -> Block:
        """The line, which begins with cell `first_cell`, at the planned gain."""
        count = -(-len(line) // truepeak.CELL)
        points = self.points[first_cell : first_cell + count + 1]
        ramp = np.arange(truepeak.CELL, dtype=np.float32) / np.float32(truepeak.CELL)
        curve = points[:-1, None] + (points[1:] - points[:-1])[:, None] * ramp
        applied: Block = line * curve.reshape(-1)[: len(line)]
        return applied


def _spread(values: Series, reach: int) -> Series:
    """The lowest value within `reach` cells."""
    lowest = values.copy()
    for shift in range(1, reach + 1):
        np.minimum(lowest[shift:], values[:-shift], out=lowest[shift:])
        np.minimum(lowest[:-shift], values[shift:], out=lowest[:-shift])
    return lowest


def _mean(values: Series, reach: int) -> Series:
    """The mean within `reach` cells; the ends stand on."""
    padded = np.concatenate([np.repeat(values[:1], reach), values, np.repeat(values[-1:], reach)])
    total = padded[: len(values)].copy()
    for shift in range(1, 2 * reach + 1):
        total += padded[shift : shift + len(values)]
    mean: Series = total / (2 * reach + 1)
    return mean


def limiter_db(peaks_db: Series, ceiling_db: float) -> Series:
    """Reduction in dB (never above 0) of each cell so that no cell passes the ceiling."""
    need = np.minimum(0.0, ceiling_db - peaks_db)
    if not need.any():
        return need
    index = np.arange(len(need))
    held = _spread(need, _SMOOTH)
    after = np.minimum.accumulate(held - RELEASE_DB * index) + RELEASE_DB * index
    before = (np.minimum.accumulate(held[::-1] - ATTACK_DB * index) + ATTACK_DB * index)[::-1]
    return _mean(np.minimum(after, before), _SMOOTH)


class _Planner:
    """The envelope in the units that planning needs, computed once."""

    def __init__(self, envelope: Envelope, curve_db: Series) -> None:
        cells = len(envelope.energy) * PER_ENERGY_CELL
        peaks = np.zeros(cells)
        peaks[: len(envelope.peaks)] = envelope.peaks[:cells]
        self.curve_db = np.repeat(curve_db, PER_ENERGY_CELL)
        self._energy = envelope.energy
        self._peaks_db = 20 * np.log10(np.maximum(peaks, 1e-9)) + self.curve_db

    def limited(self, gain_db: float, ceiling_db: float) -> tuple[float, Series]:
        """The loudness in LUFS after gain and limiter, and the limiter's reduction in dB."""
        reduction = limiter_db(self._peaks_db + gain_db, ceiling_db)
        power = np.exp((reduction + self.curve_db + gain_db) * (np.log(10) / 10))
        return loudness.integrated(self._energy * power.reshape(-1, PER_ENERGY_CELL).mean(axis=1)), reduction


def plan(envelope: Envelope, target_lufs: float, ceiling_dbtp: float, profile: Profile) -> Plan:
    """The one gain, and the limiter over it, that bring the recording to the target under the ceiling.

    The loudness changes by ±max_gain_db at most, and the limiter gives back at most MAKE_UP_DB of what it took; where
    that does not reach the target, `predicted_lufs` says how far it got.
    """
    curve_db = talkers_db(envelope.energy) if profile.level_talkers else np.zeros(len(envelope.energy))
    planner = _Planner(envelope, curve_db)
    raw = loudness.integrated(envelope.energy)
    gain = min(max(target_lufs - raw, -profile.max_gain_db), profile.max_gain_db)
    aim, most = raw + gain, gain + MAKE_UP_DB
    predicted, reduction = planner.limited(gain, ceiling_dbtp)
    slope = 1.0
    for _ in range(_ITERATIONS):
        short = aim - predicted
        if abs(short) < _NEAR_LU or (short > 0 and most - gain < _NEAR_LU):
            break
        last_gain, last = gain, predicted
        gain = min(gain + short / slope, most)
        predicted, reduction = planner.limited(gain, ceiling_dbtp)
        # The more the limiter takes, the less a decibel of gain brings.
        slope = min(1.0, max(0.1, (predicted - last) / (gain - last_gain))) if gain != last_gain else slope
    linear = np.power(10.0, (reduction + planner.curve_db + gain) / 20)
    edges = np.concatenate([linear[:1], np.minimum(linear[:-1], linear[1:]), linear[-1:]])
    return Plan(
        gain, edges.astype(np.float32), predicted, float(-reduction.min(initial=0.0)), levelled=bool(curve_db.any())
    )
