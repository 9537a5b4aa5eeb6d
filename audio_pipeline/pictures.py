"""Pictures of a recording: waveform peaks for the console, and a report (waveform, loudness, spectrum) as PNG.

The PNG is written by hand: a hundred lines here instead of a plotting library in every installation.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_pipeline import loudness
from audio_pipeline.blocks import RATE_HZ, Block, Series
from audio_pipeline.source import Limits, Source

WIDTH: Final = 1000
ROW: Final = 160
_MARGIN: Final = 8
_SPECTRUM: Final = 4096
Image = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

PAPER: Final[Colour] = (255, 255, 255)
GRID: Final[Colour] = (225, 228, 232)
BEFORE: Final[Colour] = (150, 158, 170)
AFTER: Final[Colour] = (20, 90, 170)
LIMIT: Final[Colour] = (190, 40, 40)


@dataclass(frozen=True, slots=True)
class Outline:
    """A recording at the resolution of a picture."""

    low: Block
    high: Block
    short_term_lufs: Series
    spectrum_db: Series
    samples: int


def outline(path: Path, columns: int = WIDTH, limits: Limits | None = None) -> Outline:
    """Read a recording once, in constant memory: lowest and highest sample per column, loudness, mean spectrum."""
    lows: list[Block] = []
    highs: list[Block] = []
    power, frames, samples = np.zeros(_SPECTRUM // 2 + 1), 0, 0
    energy = loudness.Energy(1)
    window = np.hanning(_SPECTRUM).astype(np.float32)
    with Source(path, limits) as source:
        for block in source.blocks():
            line = block.mean(axis=0, dtype=np.float32)
            energy.add(line[None])
            parts = np.array_split(line, 100) if len(line) >= 100 else [line]
            lows.append(np.array([part.min() for part in parts], np.float32))
            highs.append(np.array([part.max() for part in parts], np.float32))
            samples += len(line)
            if len(line) >= _SPECTRUM:
                power += np.abs(np.fft.rfft(line[:_SPECTRUM] * window)) ** 2
                frames += 1
    momentary = loudness.windows(energy.series(), loudness.SHORT_TERM, loudness.GATE_HOP)
    return Outline(
        low=-_columns(-np.concatenate(lows), columns),
        high=_columns(np.concatenate(highs), columns),
        short_term_lufs=10 * np.log10(np.maximum(momentary, 1e-12)) - 0.691,
        spectrum_db=10 * np.log10(power / max(1, frames) + 1e-12),
        samples=samples,
    )


def _columns(values: Block, columns: int) -> Block:
    """As many values as columns: the highest of each share, or the nearest where there are fewer."""
    edges = (np.arange(columns) * len(values)) // columns
    chosen: Block = values[edges] if len(values) < columns else np.maximum.reduceat(values, edges)
    return chosen


def waveform(path: Path, columns: int = WIDTH) -> dict[str, object]:
    """Peaks for the console as JSON: lowest and highest of each column, −127 to 127, and the length in seconds."""
    drawn = outline(path, columns)
    pairs = np.stack([drawn.low, drawn.high], axis=1).clip(-1, 1)
    return {"columns": columns, "seconds": drawn.samples / RATE_HZ, "peaks": np.rint(pairs * 127).astype(int).tolist()}


def report(before: Path, after: Path, target: Path, target_lufs: float) -> None:
    """Draw before (grey) and after (blue) into one PNG: waveform, short-term loudness with its target, spectrum."""
    old, new = outline(before), outline(after)
    image = np.full((3 * (ROW + _MARGIN) + _MARGIN, WIDTH, 3), PAPER, dtype=np.uint8)
    rows = [image[_MARGIN + k * (ROW + _MARGIN) : (k + 1) * (ROW + _MARGIN)] for k in range(3)]
    _draw_waveform(rows[0], old, BEFORE)
    _draw_waveform(rows[0], new, AFTER)
    for level in (-60, -50, -40, -30, -20, -10, 0):
        rows[1][_height(np.array([level]), -60, 0)[0]] = GRID
    rows[1][_height(np.array([target_lufs]), -60, 0)[0]] = LIMIT
    for drawn, colour in ((old, BEFORE), (new, AFTER)):
        _draw_line(rows[1], _stretched(drawn.short_term_lufs), -60, 0, colour)
        _draw_line(rows[2], _logarithmic(drawn.spectrum_db), -40, 60, colour)
    write_png(target, image)


def _draw_waveform(row: Image, drawn: Outline, colour: Colour) -> None:
    tops, ends = _height(drawn.high, -1, 1), _height(drawn.low, -1, 1)
    for column, (top, end) in enumerate(zip(tops, ends, strict=True)):
        row[top : end + 1, column] = colour


def _draw_line(row: Image, values: Series, low: float, high: float, colour: Colour) -> None:
    heights = _height(values, low, high)
    for column in range(1, WIDTH):
        first, last = sorted((heights[column - 1], heights[column]))
        row[first : last + 2, column] = colour


def _height(values: npt.ArrayLike, low: float, high: float) -> npt.NDArray[np.int64]:
    """The row of each value, the highest at the top."""
    share = (np.clip(values, low, high) - low) / (high - low)
    return np.rint((1 - share) * (ROW - 1)).astype(np.int64)


def _stretched(values: Series) -> Series:
    return np.interp(np.linspace(0, max(0, len(values) - 1), WIDTH), np.arange(len(values)), values)


def _logarithmic(spectrum_db: Series) -> Series:
    """50 Hz to 16 kHz over the width."""
    frequencies = 50 * (16_000 / 50) ** np.linspace(0, 1, WIDTH)
    return np.interp(frequencies, np.arange(len(spectrum_db)) * RATE_HZ / _SPECTRUM, spectrum_db)


def write_png(target: Path, image: Image) -> None:
    """An 8-bit RGB image, (height, width, 3), as PNG (ISO/IEC 15948)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    height, width, _ = image.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), image.reshape(height, -1)], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")
    target.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)
