"""What is wrong with a recording, found while it streams by: offset, clipping, hum, noise; and how much is speech."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from audio_pipeline.blocks import RATE_HZ, Block, Series
from audio_pipeline.loudness import windows
from audio_pipeline.pace import pace, speech_share

# 0.34 s: 2.9 Hz between bins, enough to tell 50 from 60 Hz and both from a voice.
FRAME: Final = 16_384
FRAMES_PER_SECOND: Final = 2
QUIET_FRAMES: Final = 12
_BIN_HZ: Final = RATE_HZ / FRAME
# Four samples in a row within 0.13 dB of the top: a sine would have to be slower than 500 Hz to do that unclipped.
RUN: Final = 4
_TOP: Final = np.float32(0.985)


@dataclass(frozen=True, slots=True)
class Findings:
    """Levels in dBFS, ratios in dB; `stereo` holds the energies left, right and their cross product."""

    dc_offset: float
    clipped_share: float
    hum_hz: float
    hum_db: float
    noise_floor_dbfs: float
    noise_steady: bool
    signal_to_noise_db: float
    speech_share: float
    syllables_per_second: float
    stereo: tuple[float, float, float]


class Inspector:
    """Takes the stream block by block; keeps one spectrum, one level every 10 ms and two numbers a second."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._samples = 0
        self._stereo = np.zeros(3)
        self._tops: list[tuple[float, int]] = []
        self._quiet: list[tuple[float, Block]] = []
        self._window = np.hanning(FRAME).astype(np.float32)

    def add(self, block: Block, line: Block) -> None:
        """The channels as they came, (lines, n), and one line of them, (n,)."""
        self._sum += float(line.sum(dtype=np.float64))
        self._samples += len(line)
        if len(block) == 2:
            left, right = block
            self._stereo += (float(left @ left), float(right @ right), float(left @ right))
        else:
            self._stereo += float(line @ line)
        self._clipping(block)
        self._spectra(line)

    def _clipping(self, block: Block) -> None:
        for line in block:
            level = np.abs(line)
            top = float(level.max(initial=0.0))
            high = (level >= top * _TOP).nonzero()[0] if top > 0.1 else np.zeros(0, dtype=np.int64)
            # The first of RUN in a row is RUN − 1 before the last of them.
            runs = int(np.count_nonzero(high[RUN - 1 :] - high[: 1 - RUN] == RUN - 1)) if len(high) >= RUN else 0
            self._tops.append((top, runs))

    def _spectra(self, line: Block) -> None:
        """Spectra of the quietest frames: hum and noise show between words."""
        for first in range(0, len(line) - FRAME + 1, RATE_HZ // FRAMES_PER_SECOND):
            frame = line[first : first + FRAME]
            level = float(frame @ frame)
            if level <= 0 or (len(self._quiet) >= QUIET_FRAMES and level >= self._quiet[-1][0]):
                continue
            spectrum = np.abs(np.fft.rfft(frame * self._window)) ** 2
            self._quiet.append((level, spectrum[: round(1000 / _BIN_HZ)].astype(np.float32)))
            self._quiet.sort(key=lambda pair: pair[0])
            del self._quiet[QUIET_FRAMES:]

    def result(self, energy: Series, integrated_lufs: float) -> Findings:
        """With the K-weighted energies of the same stream, one every 10 ms."""
        hum_hz, hum_db = self._hum()
        floor = noise_floor(energy)
        return Findings(
            dc_offset=self._sum / max(1, self._samples),
            clipped_share=self._clipped(),
            hum_hz=hum_hz,
            hum_db=hum_db,
            noise_floor_dbfs=floor,
            noise_steady=noise_steady(energy),
            signal_to_noise_db=integrated_lufs - floor,
            speech_share=speech_share(energy),
            syllables_per_second=pace(energy),
            stereo=(float(self._stereo[0]), float(self._stereo[1]), float(self._stereo[2])),
        )

    def _clipped(self) -> float:
        """Share of samples on a flat top, over the seconds that reach the recording's own highest level."""
        highest = max((top for top, _ in self._tops), default=0.0)
        runs = sum(count for top, count in self._tops if top > 0.9 * highest)
        return runs / max(1, self._samples)

    def _hum(self) -> tuple[float, float]:
        """The mains frequency and how far its harmonics stand out of their neighbourhood, in dB."""
        if not self._quiet:
            return 0.0, 0.0
        usual = np.median([spectrum for _, spectrum in self._quiet], axis=0)
        found = [(hz, _standing_out(usual, hz)) for hz in (50.0, 60.0)]
        hz, ratio = max(found, key=lambda pair: pair[1])
        return (hz, ratio) if ratio > 0 else (0.0, 0.0)


def _standing_out(spectrum: Block, mains_hz: float) -> float:
    """The second strongest of the first four harmonics: one alone may be a voice or a tone."""
    ratios = []
    for order in range(1, 5):
        centre = round(mains_hz * order / _BIN_HZ)
        peak = float(spectrum[centre - 1 : centre + 2].max())
        around = np.concatenate([spectrum[centre - 7 : centre - 3], spectrum[centre + 4 : centre + 8]])
        ratios.append(10 * math.log10((peak + 1e-12) / (float(np.median(around)) + 1e-12)))
    return sorted(ratios, reverse=True)[1]


def noise_floor(energy: Series) -> float:
    """The level that 5 % of the 10 ms cells stay under, in dB (K-weighted); −90 where pauses are digital silence."""
    if not len(energy):
        return -90.0
    return max(-90.0, 10 * math.log10(float(np.percentile(energy, 5)) + 1e-12) - 0.691)


def noise_steady(energy: Series) -> bool:
    """Whether the quietest tenths of a second are equally loud: steady noise is; music and tails of halls are not."""
    tenths = windows(energy, 10, 5)
    if len(tenths) < 100:
        return False
    low, high = np.percentile(tenths, (1, 6))
    return bool(high < low * 10**0.15)
