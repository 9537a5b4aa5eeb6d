"""How loud, and how sound begins and ends where nature did not make it begin or end. Pure."""

import numpy as np

from protocol.units import SAMPLE_RATE_HZ
from receiver.outputs import Block

FADE_SAMPLES = SAMPLE_RATE_HZ // 100
"""10 ms: no click, and no syllable lost."""


def of_volume(volume: int) -> float:
    """The factor for a volume of 0 to 100: the square of its share, so that equal steps sound about equal.

    100 is the output's full scale, 50 is −12 dB, 25 is −24 dB, 10 is −40 dB, 0 is silence.
    """
    return (volume / 100) ** 2


def rise(index: int, count: int, *, begin: int) -> Block:
    """Factors for `count` samples from `index` on, of a fade that begins at index `begin`."""
    return _ramp(index - begin, count)


def fall(index: int, count: int, *, end: int) -> Block:
    """Factors for `count` samples from `index` on, of a fade that has reached silence at index `end`."""
    return _ramp(end - index - count, count)[::-1]


def glide(before: float, after: float, count: int) -> Block:
    """From one gain to another within a block."""
    return np.linspace(before, after, count, dtype=np.float32)


def _ramp(position: int, count: int) -> Block:
    places = np.arange(position, position + count, dtype=np.float32)
    ramp: Block = np.clip((places + 0.5) / FADE_SAMPLES, 0.0, 1.0, dtype=np.float32)
    return ramp
