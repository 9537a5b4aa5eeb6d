"""Decoding again what was just encoded, on another core, while the encoder goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av
import numpy as np

from audio_pipeline.blocks import Block, rechunk
from audio_pipeline.decode import decoder, mono
from audio_pipeline.measure import Measurement, Meter
from audio_pipeline.ogg import OpusHead


def measured_packets(packets: Iterable[list[bytes]], header: bytes, samples: int) -> Measurement:
    """What a player will hear of these Opus packets: `samples` of them after the header's pre-skip."""
    meter = Meter(1)
    for block in rechunk(_trimmed(_decoded(packets, header), OpusHead.parse(header).pre_skip, samples)):
        meter.add(block)
    return meter.result()


def _decoded(packets: Iterable[list[bytes]], header: bytes) -> Iterator[Block]:
    context = decoder(header)
    for batch in packets:
        frames = [mono(frame) for packet in batch for frame in context.decode(av.Packet(packet))]
        if frames:
            yield np.concatenate(frames)[None]


def _trimmed(blocks: Iterable[Block], skip: int, samples: int) -> Iterator[Block]:
    left = samples
    for block in blocks:
        kept = block[:, min(skip, block.shape[1]) :][:, :left]
        skip -= min(skip, block.shape[1])
        left -= kept.shape[1]
        if kept.shape[1]:
            yield kept
