"""What a recording is: the figures that everything else decides by."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from audio_pipeline import loudness, truepeak
from audio_pipeline.ahead import ahead
from audio_pipeline.blocks import RATE_HZ, Block, Series
from audio_pipeline.findings import Findings, Inspector
from audio_pipeline.source import Limits, Source

# What is quieter than this for long is silence, whatever the level of the speech.
SILENCE_LUFS: Final = -60.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """Levels as None where there is nothing to measure; `samples` at 48 kHz, as decoded."""

    integrated_lufs: float | None
    max_momentary_lufs: float | None
    max_short_term_lufs: float | None
    loudness_range_lu: float
    true_peak_dbtp: float | None
    sample_peak_dbfs: float | None
    samples: int
    sample_rate_hz: int
    channels: int
    leading_silence_s: float
    trailing_silence_s: float
    silence_share: float
    speech_share: float | None = None
    syllables_per_second: float | None = None
    noise_floor_dbfs: float | None = None
    signal_to_noise_db: float | None = None
    clipped_share: float | None = None
    hum_hz: float | None = None
    hum_db: float | None = None
    dc_offset: float | None = None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


class Meter:
    """Measures a stream block by block; holds one energy every 10 ms and the highest peak."""

    def __init__(self, channels: int) -> None:
        self._energy = loudness.Energy(channels)
        self._peaks = [truepeak.PeakEnvelope(only_highest=True) for _ in range(channels)]
        self.samples = 0

    def add(self, block: Block) -> None:
        """(channels, n), whole seconds but for the last."""
        self._energy.add(block)
        for peak, line in zip(self._peaks, block, strict=True):
            peak.add(line)
        self.samples += block.shape[1]

    def energy(self) -> Series:
        return self._energy.series()

    def result(
        self, *, sample_rate_hz: int = RATE_HZ, channels: int | None = None, found: Findings | None = None
    ) -> Measurement:
        energy = self.energy()
        for peak in self._peaks:
            peak.series()
        start, end = sounding(energy)
        return Measurement(
            integrated_lufs=_rounded(loudness.integrated(energy)),
            max_momentary_lufs=_rounded(loudness.loudest(energy, loudness.MOMENTARY)),
            max_short_term_lufs=_rounded(loudness.loudest(energy, loudness.SHORT_TERM)),
            loudness_range_lu=round(loudness.loudness_range(energy), 2),
            true_peak_dbtp=_rounded(truepeak.decibels(max((peak.highest for peak in self._peaks), default=0.0))),
            sample_peak_dbfs=_rounded(truepeak.decibels(max((peak.sample_peak for peak in self._peaks), default=0.0))),
            samples=self.samples,
            sample_rate_hz=sample_rate_hz,
            channels=channels or len(self._peaks),
            leading_silence_s=round(start / loudness.CELLS_PER_SECOND, 2),
            trailing_silence_s=round((len(energy) - end) / loudness.CELLS_PER_SECOND, 2),
            silence_share=round(silence_share(energy), 3),
            **_told(found),
        )


def _told(found: Findings | None) -> dict[str, float]:
    if found is None:
        return {}
    names = ("speech_share", "syllables_per_second", "noise_floor_dbfs", "signal_to_noise_db", "hum_hz", "hum_db")
    return {
        **{name: round(float(getattr(found, name)), 2) for name in names},
        "clipped_share": round(found.clipped_share, 6),
        "dc_offset": round(found.dc_offset, 5),
    }


def sounding(energy: Series, floor_lufs: float = SILENCE_LUFS) -> tuple[int, int]:
    """The cells [start, end) outside of which there is only silence; (n, n) where all is silence."""
    loud = (energy > math.pow(10, (floor_lufs + 0.691) / 10)).nonzero()[0]
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (len(energy), len(energy))


def silence_share(energy: Series) -> float:
    """The share of half seconds in which nothing sounds; the pauses between words do not count."""
    halves = loudness.windows(energy, 50, 10)
    return float(np.mean(halves < math.pow(10, (SILENCE_LUFS + 0.691) / 10))) if len(halves) else 1.0


def _rounded(level: float) -> float | None:
    return None if math.isinf(level) else round(level, 3)


def measure_blocks(blocks: Iterable[Block], channels: int) -> Measurement:
    meter = Meter(channels)
    for block in blocks:
        meter.add(block)
    return meter.result()


def measure(path: Path, limits: Limits | None = None, progress: Callable[[float], None] | None = None) -> Measurement:
    """Measure any file that can be decoded; stereo is measured as it is, more channels as their stereo downmix."""
    with Source(path, limits) as source:
        meter, inspector = Meter(source.lines), Inspector()
        for block in ahead(source.blocks()):
            meter.add(block)
            inspector.add(block, block.mean(axis=0, dtype=np.float32))
            if progress is not None:
                progress(source.share)
        found = inspector.result(meter.energy(), loudness.integrated(meter.energy()))
        return meter.result(sample_rate_hz=source.sample_rate_hz, channels=source.channels, found=found)
