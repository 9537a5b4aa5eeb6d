"""Linear filters that run in libavfilter: recursive filters in C, without the interpreter lock.

scipy.signal computes the same, takes 0.7 s and 60 MB to import (docs/decisions/0102-filters-in-libavfilter.md).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Final, cast

import av
import av.filter
import numpy as np

from audio_pipeline.blocks import RATE_HZ, Block

Step = tuple[str, str]

# ITU-R BS.1770-5 Annex 1, tables 1 and 2, at 48 kHz.
K_WEIGHTING: Final[tuple[Step, ...]] = (
    (
        "biquad",
        (
            "b0=1.53512485958697:b1=-2.69169618940638:b2=1.19839281085285:a0=1"
            ":a1=-1.69065929318241:a2=0.73248077421585:precision=f64:normalize=0"
        ),
    ),
    ("biquad", "b0=1:b1=-2:b2=1:a0=1:a1=-1.99004745483398:a2=0.99007225036621:precision=f64:normalize=0"),
)


def high_pass(corner_hz: float) -> tuple[Step, ...]:
    """Butterworth of the fourth order: two sections with the Q of its pole pairs."""
    return tuple(("highpass", f"f={corner_hz}:width_type=q:width={q}:precision=f64") for q in (0.541196, 1.306563))


class Filter:
    """A chain of filters without delay that keeps its state between blocks; as many samples out as in."""

    def __init__(self, steps: tuple[Step, ...], channels: int = 1) -> None:
        self._layout = "mono" if channels == 1 else "stereo"
        self._graph = av.filter.Graph()
        source = self._graph.add_abuffer(
            sample_rate=RATE_HZ, format="dblp", layout=self._layout, time_base=Fraction(1, RATE_HZ)
        )
        middle = (self._graph.add(name, arguments) for name, arguments in steps)
        chain = [source, *middle, self._graph.add("abuffersink")]
        for before, after in pairwise(chain):
            before.link_to(after)
        self._graph.configure()
        self._position = 0

    def __call__(self, block: Block) -> Block:
        """Filter (channels, n) and give the same shape, float64 as the filter leaves it."""
        frame = av.AudioFrame.from_ndarray(block.astype(np.float64), format="dblp", layout=self._layout)
        frame.sample_rate, frame.pts = RATE_HZ, self._position
        self._position += block.shape[1]
        self._graph.push(frame)
        return cast("Block", cast("av.AudioFrame", self._graph.pull()).to_ndarray())
