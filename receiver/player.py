"""Sounds the line of segments that it is told, each sample at its index of the station's time.

The output asks for blocks; every block knows its index. The index is anchored to the instant at which the output's
converter will sound the block, and counted in samples while anything is heard. So the first sample of an item leaves
at its instant to the sample, and one that begins late begins in the middle, where all others are (REQ-33).
"""

from collections.abc import Callable

import numpy as np

from protocol.units import SAMPLE_RATE_HZ
from receiver import gain
from receiver.agenda import Cue, Segment
from receiver.decoding import Decoder, Place, place
from receiver.events import SoundEnded, SoundStarted
from receiver.gain import FADE_SAMPLES
from receiver.instants import instant_of
from receiver.outputs import Block
from receiver.station_clock import StationClock
from receiver.voice import Voice

REANCHOR_SAMPLES = SAMPLE_RATE_HZ // 50
"""Further off than 20 ms while sounding, it fades out and joins again where it should be."""

Report = Callable[[SoundStarted | SoundEnded], None]


class Player:
    """`report` is called from the output's thread."""

    def __init__(self, decoder: Decoder, *, station: StationClock, report: Report) -> None:
        self._decoder, self._station, self._report = decoder, station, report
        self._line: tuple[Segment, ...] = ()
        self._gain = self._target = 0.0
        self._voices: dict[Place, Voice] = {}
        self._index: int | None = None
        self.underruns = 0
        self.reanchors = 0

    def play(self, line: tuple[Segment, ...], volume: int) -> None:
        self._target = gain.of_volume(volume)
        self._line = line
        self._decoder.follow(line)

    def silence(self) -> None:
        """Fade out what sounds; it has stopped after the next block."""
        self._line = ()

    def heard(self) -> tuple[Cue, int] | None:
        """What is audible now, and which of its samples."""
        index = self._index
        for voice in list(self._voices.values()):
            if index is not None and voice.entered is not None and voice.leave > index:
                return voice.segment.cue, index - voice.segment.cue.first
        return None

    def render(self, dac_s: float, frames: int) -> Block:
        """What the output sounds from the monotonic instant `dac_s` on."""
        index, cut = self._anchored(dac_s)
        self._enter(index, frames)
        out = np.zeros(frames, dtype=np.float32)
        for voice in list(self._voices.values()):
            out += self._sounded(voice, index, frames)
        if cut:
            out *= gain.fall(0, frames, end=min(frames, FADE_SAMPLES))
            self._index = None
            for voice in self._voices.values():
                voice.interrupt()
        else:
            self._index = index + frames
        before, self._gain = self._gain, self._target
        if before == self._gain or not self._voices:
            out *= np.float32(self._gain)
        else:
            out *= gain.glide(before, self._gain, frames)
        return out

    def _anchored(self, dac_s: float) -> tuple[int, bool]:
        """The index of the block, and whether it is the last before a jump to where it should be."""
        exact = self._station.microseconds_at(dac_s) * SAMPLE_RATE_HZ / 1_000_000
        if self._index is None:
            return round(exact), False
        off = abs(exact - self._index)
        if not self._voices and off >= 1:
            return round(exact), False
        if off <= REANCHOR_SAMPLES:
            return self._index, False
        self.reanchors += 1
        return self._index, True

    def _enter(self, index: int, frames: int) -> None:
        """Voices for the segments of this block; those that lost the air fade out, and say so first."""
        due = {place(s): s for s in self._line if s.begin < index + frames and s.end > index}
        for at, voice in self._voices.items():
            segment = due.get(at)
            if segment is None:
                voice.cut(index)
            elif segment is not None:
                voice.stay(until=segment.end, index=index)
        for at, segment in due.items():
            feed = self._decoder.feed(segment)
            if at not in self._voices and feed is not None:
                self._voices[at] = Voice(segment, feed, leave=segment.end)

    def _sounded(self, voice: Voice, index: int, frames: int) -> Block | float:
        started, underruns = voice.started, voice.underruns
        block = voice.render(index, frames)
        cue = voice.segment.cue
        if started is None and voice.started is not None:
            at = instant_of(voice.started + cue.latency)
            self._report(SoundStarted(cue.key, at, voice.started - cue.first))
        self.underruns += voice.underruns - underruns
        if voice.leave <= index + frames:
            del self._voices[place(voice.segment)]
            if voice.started is not None:
                self._report(SoundEnded(cue.key, instant_of(voice.leave + cue.latency), voice.whole, voice.underruns))
        return 0.0 if block is None else block
