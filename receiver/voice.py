"""One cue being heard: its place in time, its fades, its gaps. Used by the output's thread alone."""

from dataclasses import dataclass

import numpy as np

from receiver import gain
from receiver.agenda import Segment
from receiver.feed import Feed
from receiver.gain import FADE_SAMPLES
from receiver.outputs import Block


@dataclass(slots=True)
class Voice:
    segment: Segment
    feed: Feed
    leave: int
    """The index at which it is silent, at the latest the end of its segment."""
    started: int | None = None
    """The index of its first audible sample."""
    entered: int | None = None
    """The index of the first sample since the last gap; None while there is a gap."""
    underruns: int = 0

    @property
    def whole(self) -> bool:
        """It will have been heard to the end of its asset."""
        return self.started is not None and self.leave >= self.segment.cue.end

    def cut(self, index: int) -> None:
        """Fade out from `index` on."""
        self.leave = min(self.leave, index + FADE_SAMPLES)

    def stay(self, *, until: int, index: int) -> None:
        """It has the air up to `until`; where that is nearer than a fade, it gets the time of one."""
        self.leave = until if until >= self.leave else max(until, min(self.leave, index + FADE_SAMPLES))

    def interrupt(self) -> None:
        """What comes next does not follow what came before."""
        self.entered = None

    def render(self, index: int, count: int) -> Block | None:
        """Its part in the block of `count` samples from `index` on; None when there is none."""
        low, high = max(index, self.segment.begin), min(index + count, self.leave)
        if low >= high:
            return None
        first = self.segment.cue.first
        sound, begin, end = self.feed.take(low - first, high - low)
        if begin == end:
            self._gap()
            return None
        if begin > 0:
            self._gap()
        if self.entered is None:
            self.entered = low + begin
        if self.started is None:
            self.started = low + begin
        sound = sound * self._fades(low, high - low)
        if end < high - low:
            sound[:end] *= gain.fall(0, end, end=end)
            self._gap()
        out = np.zeros(count, dtype=np.float32)
        out[low - index : high - index] = sound
        return out

    def _fades(self, index: int, count: int) -> Block:
        cue = self.segment.cue
        factors = np.ones(count, dtype=np.float32)
        if self.entered is not None and self.entered != cue.first:
            factors *= gain.rise(index, count, begin=self.entered)
        if self.leave < cue.end:
            factors *= gain.fall(index, count, end=self.leave)
        return factors

    def _gap(self) -> None:
        """Not there in time; before its first sample it is merely late."""
        if self.entered is not None:
            self.underruns += 1
            self.entered = None
