"""Decoding again what was just encoded, on another core, while the encoder goes on.

Two decoders are in use out there, libopus (browsers, devices, our receivers) and FFmpeg's own; they differ by up to
0.3 LU on lopsided voices. What is promised holds for both: the loudness told is the middle of the two, the peaks are
the higher ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import av
import numpy as np

from audio_pipeline.blocks import BLOCK
from audio_pipeline.decode import decoder, mono
from audio_pipeline.measure import Measurement, Meter
from audio_pipeline.ogg import OpusHead

DECODERS = ("libopus", "opus")


class _Listener:
    """One decoder and what it hears: `samples` of the stream after the header's pre-skip."""

    def __init__(self, name: str, header: bytes, samples: int) -> None:
        self._decoder = decoder(header, name)
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
    listeners = [_Listener(name, header, samples) for name in DECODERS]
    for batch in packets:
        for listener in listeners:
            listener.hear(batch)
    return between(*(listener.result() for listener in listeners))


def between(one: Measurement, other: Measurement) -> Measurement:
    """The middle of the loudness, the higher of the peaks."""
    return replace(
        one,
        integrated_lufs=_middle(one.integrated_lufs, other.integrated_lufs),
        max_short_term_lufs=_middle(one.max_short_term_lufs, other.max_short_term_lufs),
        max_momentary_lufs=_higher(one.max_momentary_lufs, other.max_momentary_lufs),
        true_peak_dbtp=_higher(one.true_peak_dbtp, other.true_peak_dbtp),
        sample_peak_dbfs=_higher(one.sample_peak_dbfs, other.sample_peak_dbfs),
    )


def _middle(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else round((one + other) / 2, 3)


def _higher(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)
