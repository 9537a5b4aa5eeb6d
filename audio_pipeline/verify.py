"""Decoding again what was just encoded, on another core, while the encoder goes on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np

from audio_pipeline.blocks import BLOCK
from audio_pipeline.decode import decoder, mono
from audio_pipeline.measure import Measurement, Meter
from audio_pipeline.ogg import OpusHead
from audio_pipeline.source import Source
from audio_pipeline.truepeak import PeakEnvelope, Peaks


class _Listener:
    """The decoder and what it hears: `samples` of the stream after the header's pre-skip."""

    def __init__(self, header: bytes, samples: int) -> None:
        self._decoder = decoder(header)
        self._skip, self._left = OpusHead.parse(header).pre_skip, samples
        self._meter, self._peaks = Meter(1), PeakEnvelope()
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
            self._peaks.add(taken[0])

    def result(self) -> tuple[Measurement, Peaks]:
        self._take(BLOCK)
        return self._meter.result(), self._peaks.series()


def measured_packets(packets: Iterable[list[bytes]], header: bytes, samples: int) -> tuple[Measurement, Peaks]:
    """What players will hear of these Opus packets (`samples` of them after the header's pre-skip), and their peaks."""
    listener = _Listener(header, samples)
    for batch in packets:
        listener.hear(batch)
    return listener.result()


def measured_file(path: Path) -> tuple[Measurement, Peaks]:
    """The same of a file that is not Opus."""
    meter, peaks = Meter(1), PeakEnvelope()
    with Source(path) as source:
        for block in source.blocks():
            meter.add(block)
            peaks.add(block[0])
    return meter.result(), peaks.series()
