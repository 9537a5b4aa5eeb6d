"""The gain of every moment, planned from the whole recording before one sample is touched.

A limiter that runs beside the sound sees a few milliseconds of it. This one has the envelope of the whole recording, so
the gain that brings it to its loudness *after* limiting is found by calculation, and one encode usually does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
MAKE_UP_DB: Final = 30.0
_SMOOTH: Final = 2
_ITERATIONS: Final = 40
# Energy cells planned at once, and those beside them that may reach in: 100 cells hold 240 dB of release.
_NEIGHBOURS: Final = 4
_CHUNK: Final = 30_000
_HALO: Final = 100
_NEAR_LU: Final = 0.005


@dataclass(frozen=True, slots=True)
class Envelope:
    """A recording as the planner sees it: K-weighted energy every 10 ms, true peak every 2.5 ms."""

    energy: Series
    peaks: npt.NDArray[np.float32]

    def part(self, start: int, end: int) -> Envelope:
        """The energy cells [start, end) and their peaks."""
        return Envelope(self.energy[start:end], self.peaks[start * PER_ENERGY_CELL : end * PER_ENERGY_CELL])

    def raised(self, decoded: npt.NDArray[np.float32], limit_dbtp: float) -> Envelope:
        """The same with the peaks that passed the limit when decoded raised by what they passed it by, and half more.

        A codec's overshoot moves a little from one encode to the next, so the neighbours within 10 ms are raised too.
        """
        over = np.maximum(decoded[: len(self.peaks)] / np.float32(10 ** (limit_dbtp / 20)), 1.0) ** 1.5
        factor = np.ones(len(self.peaks), dtype=np.float32)
        factor[: len(over)] = -_spread(-over, _NEIGHBOURS)
        return replace(self, peaks=self.peaks * factor)


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
    """The envelope in chunks, so that planning three hours takes no more memory than planning ten minutes."""

    def __init__(self, envelope: Envelope, curve_db: Series) -> None:
        self._envelope = envelope
        self._curve_db = curve_db.astype(np.float32)
        self._limited = np.empty(len(envelope.energy))

    def _reductions(self, gain_db: float, ceiling_db: float) -> Iterator[tuple[int, Series, Series]]:
        """For each chunk: its first energy cell, the curve and the limiter's reduction in dB, one value a peak cell.

        A reduction fades at RELEASE_DB a cell: over a chunk's neighbours within _HALO nothing farther can matter.
        """
        total = len(self._envelope.energy)
        for first in range(0, total, _CHUNK):
            last = min(total, first + _CHUNK)
            begin, end = max(0, first - _HALO), min(total, last + _HALO)
            peaks = np.zeros((end - begin) * PER_ENERGY_CELL)
            held = self._envelope.peaks[begin * PER_ENERGY_CELL : end * PER_ENERGY_CELL]
            peaks[: len(held)] = held
            curve = np.repeat(self._curve_db[begin:end].astype(np.float64), PER_ENERGY_CELL)
            reduction = limiter_db(20 * np.log10(np.maximum(peaks, 1e-9)) + curve + gain_db, ceiling_db)
            inner = slice((first - begin) * PER_ENERGY_CELL, (last - begin) * PER_ENERGY_CELL)
            yield first, curve[inner], reduction[inner]

    def loudness(self, gain_db: float, ceiling_db: float) -> float:
        """The loudness in LUFS after gain and limiter."""
        for first, curve, reduction in self._reductions(gain_db, ceiling_db):
            power = np.exp((reduction + curve + gain_db) * (np.log(10) / 10)).reshape(-1, PER_ENERGY_CELL)
            part = slice(first, first + len(power))
            np.multiply(self._envelope.energy[part], power.mean(axis=1), out=self._limited[part])
        return loudness.integrated(self._limited)

    def points(self, gain_db: float, ceiling_db: float) -> tuple[npt.NDArray[np.float32], float]:
        """The linear gains at the borders of the peak cells, and the deepest reduction in dB."""
        points = np.empty(len(self._envelope.energy) * PER_ENERGY_CELL + 1, dtype=np.float32)
        cells = points[:-1]
        deepest = 0.0
        for first, curve, reduction in self._reductions(gain_db, ceiling_db):
            start = first * PER_ENERGY_CELL
            cells[start : start + len(curve)] = np.power(10.0, (reduction + curve + gain_db) / 20)
            deepest = max(deepest, float(-reduction.min(initial=0.0)))
        points[-1] = points[-2]
        # The border of two cells has the lower gain of both; numpy copies where the arrays overlap, so in parts.
        for last in range(len(points) - 1, 1, -_CHUNK):
            first = max(1, last - _CHUNK)
            points[first:last] = np.minimum(points[first - 1 : last - 1], points[first:last])
        return points, deepest


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
    predicted = planner.loudness(gain, ceiling_dbtp)
    slope = 1.0
    for _ in range(_ITERATIONS):
        short = aim - predicted
        if abs(short) < _NEAR_LU or (short > 0 and most - gain < _NEAR_LU):
            break
        last_gain, last = gain, predicted
        gain = min(gain + short / slope, most)
        predicted = planner.loudness(gain, ceiling_dbtp)
        # The more the limiter takes, the less a decibel of gain brings.
        slope = min(1.0, max(0.1, (predicted - last) / (gain - last_gain))) if gain != last_gain else slope
    points, deepest = planner.points(gain, ceiling_dbtp)
    return Plan(gain, points, predicted, deepest, levelled=bool(curve_db.any()))
