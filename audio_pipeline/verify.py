"""Decoding again what was just encoded, on another core, while the encoder goes on."""

from __future__ import annotations

from collections.abc import Iterable

import av
import numpy as np

from audio_pipeline.blocks import BLOCK
from audio_pipeline.decode import decoder, mono
from audio_pipeline.measure import Measurement, Meter
from audio_pipeline.ogg import OpusHead


class _Listener:
    """The decoder and what it hears: `samples` of the stream after the header's pre-skip."""

    def __init__(self, header: bytes, samples: int) -> None:
        self._decoder = decoder(header)
        self._skip, self._left = OpusHead.parse(header).pre_skip, samples
        self._meter = Meter(1)
        self._held = np.zeros((1, 0), dtype=np.float32)

    def hear(self, packets: list[bytes]) -> None:
        frames = [mono(frame) for packet in packets for frame in self._decoder.decode(av.Packet(packet))]
        line = np.concatenate([self._held[0], *frames])
        skipped = min(self._skip, len(line))
        self._skip -= skipped
        self._held = line[None, skipped:]
        while self._held.shape[1] >= BLOCK:
            self._take(BLOCK)

    def _take(self, count: int) -> None:
        """Measure that much of what is held, but for what lies after the end."""
        taken, self._held = self._held[:, : min(count, self._left)], self._held[:, count:]
        self._left -= taken.shape[1]
        if taken.shape[1]:
            self._meter.add(taken)

    def result(self) -> Measurement:
        self._take(BLOCK)
        return self._meter.result()


def measured_packets(packets: Iterable[list[bytes]], header: bytes, samples: int) -> Measurement:
    """What players will hear of these Opus packets: `samples` of them after the header's pre-skip."""
    listener = _Listener(header, samples)
    for batch in packets:
        listener.hear(batch)
    return listener.result()
