"""A line of samples as a finished file: the same bytes for the same samples, settings and library version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import av
import numpy as np

from audio_pipeline.blocks import RATE_HZ, Block
from audio_pipeline.profiles import Profile

_BITEXACT: Final = {"fflags": "+bitexact"}


def encode_opus(lines: Iterable[Block], target: Path, profile: Profile, tags: Mapping[str, str]) -> int:
    """Write Ogg Opus, mono; returns the samples given to the encoder (which the page granules then state exactly)."""
    position = 0
    with av.open(target, "w", format="ogg", options=_BITEXACT) as container:
        container.metadata.update(dict(sorted(tags.items())))
        stream = container.add_stream("libopus", rate=RATE_HZ, layout="mono", format="flt", bit_rate=profile.bit_rate)
        stream.options = {
            "application": "audio",
            "vbr": "on",
            "compression_level": str(profile.complexity),
            "frame_duration": str(profile.frame_ms),
        }
        for line in lines:
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(line[None], np.float32), format="flt", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE_HZ, position
            position += len(line)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return position
