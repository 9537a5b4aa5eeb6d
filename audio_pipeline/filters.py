"""Filters that run in libavfilter: recursive filters in C, without the interpreter lock.

scipy.signal computes the same, takes 0.7 s and 60 MB to import (docs/decisions/0102-filters-in-libavfilter.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final, cast

import av
import av.error
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


def low_pass(corner_hz: float) -> tuple[Step, ...]:
    """Butterworth of the fourth order."""
    return tuple(("lowpass", f"f={corner_hz}:width_type=q:width={q}:precision=f64") for q in (0.541196, 1.306563))


def presence(gain_db: float) -> tuple[Step, ...]:
    """A shelf that lifts what is over 1.5 kHz."""
    return (("treble", f"g={gain_db}:f=1500:width_type=q:width=0.6:precision=f64"),)


def rotation(corner_hz: float) -> tuple[Step, ...]:
    """Four all-pass sections: every frequency as loud as before, the low ones later than the high ones."""
    return (("allpass", f"f={corner_hz}:width_type=q:width=0.7:precision=f64"),) * 4


class Filter:
    """A chain of filters that keeps its state between blocks; float32 in, what the last filter makes out."""

    def __init__(self, steps: Iterable[Step], channels: int = 1) -> None:
        self._layout = "mono" if channels == 1 else "stereo"
        self._graph = av.filter.Graph()
        source = self._graph.add_abuffer(
            sample_rate=RATE_HZ, format="fltp", layout=self._layout, time_base=Fraction(1, RATE_HZ)
        )
        middle = (self._graph.add(name, arguments) for name, arguments in steps)
        chain = [source, *middle, self._graph.add("abuffersink")]
        for before, after in pairwise(chain):
            before.link_to(after)
        self._graph.configure()
        self._position = 0

    def __call__(self, block: Block) -> Block:
        """Filter (channels, n) by filters without delay: the same shape, float32 or float64."""
        self._push(block)
        return cast("Block", cast("av.AudioFrame", self._graph.pull()).to_ndarray())

    def _push(self, block: Block) -> None:
        planes = np.ascontiguousarray(block, np.float32)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts = RATE_HZ, self._position
        self._position += block.shape[1]
        self._graph.push(frame)

    def _pull(self) -> Iterator[Block]:
        try:
            while True:
                yield cast("av.AudioFrame", self._graph.pull()).to_ndarray().astype(np.float32, copy=False)
        except (av.error.BlockingIOError, av.error.EOFError):
            return

    def stream(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Filter a whole stream, also by filters that hold samples back; as many samples out as in."""
        for block in blocks:
            self._push(block)
            yield from self._pull()
        self._graph.push(None)
        yield from self._pull()
