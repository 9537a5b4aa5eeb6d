"""Whether a sound is in a recording, and where: normalised cross-correlation.

1 is the very same waveform at any volume; two different speakers stay below about 0.2.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from deploy.demo.recordings import Line, Recording
from protocol.units import SAMPLE_RATE_HZ

Series = npt.NDArray[np.float64]

REACH = timedelta(milliseconds=250)
"""How far from its planned instant a sound is looked for."""
PROBE_SAMPLES = 20 * SAMPLE_RATE_HZ
"""The lag is found by at most so much of the sound; the rest is then compared at that lag."""
WINDOW_SAMPLES = SAMPLE_RATE_HZ
QUIET = 10 ** (-50 / 20)
"""Windows below −50 dBFS are pauses: nothing there to compare."""


@dataclass(frozen=True, slots=True)
class Match:
    lag_samples: int
    """By how much it sounded later than planned."""
    correlation: float
    """Over the probe, at that lag."""
    worst_second: float
    """The lowest correlation of any second that is no pause, over the whole sound."""

    @property
    def lag_ms(self) -> float:
        return self.lag_samples * 1_000 / SAMPLE_RATE_HZ


def match(recording: Recording, wanted: Line, planned: datetime) -> Match:
    """The best place of `wanted` within REACH of `planned`."""
    reach = round(REACH.total_seconds() * SAMPLE_RATE_HZ)
    probe = wanted[:PROBE_SAMPLES].astype(np.float64)
    heard = recording.from_instant(planned - REACH, len(probe) + 2 * reach).astype(np.float64)
    scores = sliding_correlation(heard, probe)
    lag = int(np.argmax(scores)) - reach
    start = planned + timedelta(microseconds=round(lag * 1_000_000 / SAMPLE_RATE_HZ))
    there = recording.from_instant(start, len(wanted))
    return Match(lag, float(scores.max()), worst_second(there, wanted))


def sliding_correlation(heard: Series, probe: Series) -> Series:
    """Normalised correlation of `probe` with each stretch of `heard` that is as long."""
    size = 1 << (len(heard) + len(probe) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(probe, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(heard**2)])
    stretches = energy[len(probe) :] - energy[: -len(probe)]
    norm = np.sqrt(np.maximum(stretches, 1e-9) * max(float(probe @ probe), 1e-9))
    scores: Series = product[: len(stretches)] / norm
    return scores


def worst_second(heard: Line, wanted: Line) -> float:
    scores = [
        _correlation(heard[begin : begin + WINDOW_SAMPLES], wanted[begin : begin + WINDOW_SAMPLES])
        for begin in range(0, len(wanted), WINDOW_SAMPLES)
        if float(np.sqrt(np.mean(np.square(wanted[begin : begin + WINDOW_SAMPLES], dtype=np.float64)))) > QUIET
    ]
    return min(scores, default=0.0)


def _correlation(one: Line, other: Line) -> float:
    one64, other64 = one.astype(np.float64), other.astype(np.float64)
    norm = np.sqrt(float(one64 @ one64) * float(other64 @ other64))
    return float(one64 @ other64) / norm if norm > 0 else 0.0
