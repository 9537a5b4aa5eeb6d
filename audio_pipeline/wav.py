"""WAV and FLAC masters through libsndfile."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile

from audio_pipeline.blocks import RATE_HZ, Block
from audio_pipeline.source import Source

Depth = Literal["PCM_16", "PCM_24"]

_SUFFIXES: Final = frozenset({".wav", ".flac"})


def write(target: Path, line: Block, *, rate_hz: int = RATE_HZ, depth: Depth = "PCM_24") -> None:
    """Write (n,) or (n, channels) in one go, under another name first. Raises ValueError for another suffix."""
    if target.suffix.lower() not in _SUFFIXES:
        raise ValueError(f"a master is .wav or .flac, not {target.suffix}")
    unfinished = target.with_name(f".{target.name}.part")
    try:
        soundfile.write(unfinished, line, rate_hz, subtype=depth, format=target.suffix[1:].upper())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: Path) -> Block:
    """Any recording as one line (n,) at 48 kHz, for parts that fit in memory."""
    with Source(path) as source:
        blocks = [block.mean(axis=0, dtype=np.float32) for block in source.blocks()]
    line: Block = np.concatenate(blocks)
    return line
