"""What reaches a listener 100 m from a horn (its band, the air, the echo of the square, rain), and what is understood.

A simulation with stated numbers, not a measurement of a place: it compares recordings and treatments with each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_pipeline.blocks import RATE_HZ, Block
from audio_pipeline.filters import Filter, high_pass, low_pass

EXCERPT_S: Final = 20
SCORE_RATE_HZ: Final = 10_000


@dataclass(frozen=True, slots=True)
class Square:
    """A place. Levels: a programme at −16 LUFS arrives with `level_dba`; the horn and amplifier clip at full scale."""

    low_hz: float = 400.0
    high_hz: float = 4_000.0
    echo_s: float = 0.29
    echo_db: float = -9.0
    reverberation_s: float = 1.0
    reverberant_db: float = -8.0
    level_dba: float = 72.0
    rain_dba: float = 58.0
    seed: int = 20


OPEN: Final = Square(echo_db=-20.0, reverberation_s=0.4, reverberant_db=-18.0, rain_dba=45.0)
RAIN: Final = Square()


def heard(line: Block, square: Square = RAIN) -> Block:
    """The line (n,) at 48 kHz as it arrives, the same length; the air's loss at 100 m is part of the horn's band."""
    clipped = np.clip(line, -1.0, 1.0).astype(np.float32)
    band = Filter((*high_pass(square.low_hz), *low_pass(square.high_hz)))(clipped[None])[0]
    wet = band + _reflected(band, square)
    arrived: Block = wet + _rain(len(line), square)
    return arrived


def _reflected(line: Block, square: Square) -> Block:
    """A single echo from the hillside or the next horn, and a reverberant tail of the given share of the energy."""
    rng = np.random.default_rng(square.seed)
    at = np.arange(round(square.reverberation_s * RATE_HZ)) / RATE_HZ
    tail = rng.standard_normal(len(at)) * np.exp(-6.9 * at / square.reverberation_s)
    tail *= math.pow(10, square.reverberant_db / 20) / np.sqrt(np.sum(tail**2))
    response = np.zeros(max(len(tail), round(square.echo_s * RATE_HZ) + 1))
    response[: len(tail)] = tail
    response[round(square.echo_s * RATE_HZ)] += math.pow(10, square.echo_db / 20)
    size = len(line) + len(response)
    wet = np.fft.irfft(np.fft.rfft(line, size) * np.fft.rfft(response, size), size)
    reflected: Block = wet[: len(line)].astype(np.float32)
    return reflected


def _rain(count: int, square: Square) -> Block:
    """Rain on leaves and roofs: noise that rises towards 4 kHz, at its own level whatever the programme does."""
    noise = np.random.default_rng(square.seed + 1).standard_normal(count).astype(np.float32)
    shaped = Filter((*high_pass(500), *low_pass(6_000)))(noise[None])[0]
    # −16 LUFS of speech is about −16 dB of mean square in this band, which arrives with level_dba.
    level = math.pow(10, (-16 + square.rain_dba - square.level_dba) / 20)
    rain: Block = (shaped * (level / np.sqrt(np.mean(shaped**2)))).astype(np.float32)
    return rain


@dataclass(frozen=True, slots=True)
class Intelligibility:
    """STOI and ESTOI (0 to 1) of what is heard against the clean recording."""

    stoi: float
    estoi: float


def excerpt(line: Block) -> slice:
    """The loudest twenty seconds."""
    size = EXCERPT_S * RATE_HZ
    if len(line) <= size:
        return slice(0, len(line))
    sums = np.concatenate([[0.0], np.cumsum(line.astype(np.float64) ** 2)])
    starts = np.arange(0, len(line) - size + 1, RATE_HZ)
    first = int(starts[np.argmax(sums[starts + size] - sums[starts])])
    return slice(first, first + size)


def intelligibility(clean: Block, played: Block, square: Square = RAIN) -> Intelligibility:
    """How much of `clean` is understood where `played` sounds; both (n,) at 48 kHz and aligned to within 5 ms.

    Needs pystoi (extra [quality]); it takes about a second.
    """
    from pystoi import stoi  # noqa: PLC0415 - It brings scipy, which takes most of a second to load.

    count = min(len(clean), len(played))
    part = excerpt(clean[:count])
    reference, arrived = _scored(clean[part]), _scored(heard(played[:count], square)[part])
    return Intelligibility(
        stoi=round(float(stoi(reference, arrived, SCORE_RATE_HZ, extended=False)), 3),
        estoi=round(float(stoi(reference, arrived, SCORE_RATE_HZ, extended=True)), 3),
    )


def _scored(line: Block) -> npt.NDArray[np.float64]:
    """At the 10 kHz that STOI is defined at, by taking away the upper spectrum."""
    count = len(line) * SCORE_RATE_HZ // RATE_HZ
    spectrum = np.fft.rfft(line.astype(np.float64))[: count // 2 + 1]
    return np.fft.irfft(spectrum, count) * (count / len(line))
