"""Speech by its rhythm: how much of a recording is speech, and how many syllables a second it holds.

Both read only the level of every 10 ms. Speech opens and closes three to eight times a second and pauses; music and
noise do not. It is no recogniser: a solo drum fools it, and so does a choir the other way.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from audio_pipeline.blocks import Flags, Series

WINDOW: Final = 200
HOP: Final = 50
# Of the recordings in the tests, speech lies above 7.5 dB and music and noise below 5.
SPREAD_DB: Final = 6.0
_FLOOR: Final = 1e-9
_DIP_DB: Final = 1.5
# So many levels at a time become Python numbers, which take four times the memory.
_CHUNK: Final = 10_000


def _decibels(energy: Series) -> Series:
    level: Series = 10 * np.log10(energy + _FLOOR)
    return level


def _smooth(level: Series, length: int) -> Series:
    shape = np.hanning(length + 2)[1:-1]
    smoothed: Series = np.convolve(level, shape / shape.sum(), mode="same")
    return smoothed


def speech_windows(energy: Series) -> Flags:
    """For each window of two seconds, one every half second: does it move like speech?"""
    level = _decibels(energy)
    if len(level) < WINDOW:
        level = np.pad(level, (0, WINDOW - len(level)), mode="wrap") if len(level) else np.full(WINDOW, -90.0)
    frames = np.lib.stride_tricks.sliding_window_view(level, WINDOW)[::HOP]
    floor = max(-60.0, float(level.max()) - 30)
    parts = [_moving(frames[first : first + 1000], floor) for first in range(0, len(frames), 1000)]
    return np.concatenate(parts)


def _moving(frames: Series, floor_db: float) -> Flags:
    high, low = np.percentile(frames, (90, 20), axis=1)
    moving: Flags = (frames.max(axis=1) > floor_db) & (high - low > SPREAD_DB)
    return moving


def speech_share(energy: Series) -> float:
    """The share of two-second windows that move like speech, 0 to 1."""
    return float(speech_windows(energy).mean())


def pace(energy: Series) -> float:
    """Syllables a second while there is speech (pauses over 0.3 s do not count); 0 where there is none."""
    level = _smooth(_decibels(energy), 9)
    if len(level) < 100:
        return 0.0
    active = level > float(np.percentile(level, 95)) - 22
    peaks = _nuclei(np.where(active, level, level.min()))
    spoken = int(_closed(active, 30).sum())
    return peaks / (spoken / 100) if spoken >= 100 else 0.0


def _nuclei(level: Series) -> int:
    """Maxima with a dip of at least 1.5 dB on both sides."""
    count, rising, low, high = 0, True, float(level[0]), float(level[0])
    for value in (value for part in np.array_split(level, 1 + len(level) // _CHUNK) for value in part.tolist()):
        if rising:
            high = max(high, value)
            if value < high - _DIP_DB:
                count, rising, low = count + 1, False, value
        else:
            low = min(low, value)
            if value > low + _DIP_DB:
                rising, high = True, value
    return count


def _closed(active: Flags, gap: int) -> Flags:
    """The same with holes of fewer than `gap` cells filled."""
    reach = gap // 2
    shape = np.ones(2 * reach + 1)
    dilated = np.convolve(active.astype(np.float64), shape, mode="same") > 0.5
    closed: Flags = np.convolve((~dilated).astype(np.float64), shape, mode="same") < 0.5
    return closed
