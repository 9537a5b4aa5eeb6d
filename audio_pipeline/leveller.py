"""Slow gain that brings quiet talkers nearer to loud ones, so that both carry across a square."""

from __future__ import annotations

from typing import Final

import numpy as np

from audio_pipeline import loudness
from audio_pipeline.blocks import Series

# Talkers nearer to each other than this are left alone.
WORTH_IT_LU: Final = 6.0
MOST_DB: Final = 6.0
RATIO: Final = 0.6
_WINDOW: Final = 150
# Below this under the programme it is pause, not talk: its gain stands where the talk left it.
_PAUSE_LU: Final = -18.0


def talkers_db(energy: Series) -> Series:
    """The gain in dB for each 10 ms cell, ±6 at most; all zero where the recording does not need it.

    Levels are of the K-weighted treated line, which is the band of speech.
    """
    flat = np.zeros(len(energy))
    if len(energy) < 2 * loudness.SHORT_TERM or loudness.loudness_range(energy) < WORTH_IT_LU:
        return flat
    programme = loudness.integrated(energy)
    shape = np.hanning(2 * _WINDOW + 1)
    level = 10 * np.log10(np.convolve(energy, shape / shape.sum(), mode="same") + 1e-12) - 0.691 - programme
    talk = level > _PAUSE_LU
    if not talk.any():
        return flat
    wanted = np.clip(-RATIO * level, -MOST_DB, MOST_DB)
    index = np.arange(len(energy))
    curve: Series = np.interp(index, index[talk], wanted[talk])
    padded = np.pad(curve, _WINDOW, mode="edge")
    smooth: Series = np.convolve(padded, shape / shape.sum(), mode="valid")
    return smooth
