"""A line of samples as a finished file: the same bytes for the same samples, settings and library version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream

from audio_pipeline.blocks import RATE_HZ, Block
from audio_pipeline.profiles import Profile

# Container format, encoder, sample format, options beside the bit rate.
_FORMATS: Final[dict[str, tuple[str, str, str, dict[str, str]]]] = {
    "opus": ("ogg", "libopus", "flt", {"application": "audio", "vbr": "on"}),
    "mp3": ("mp3", "libmp3lame", "fltp", {"id3v2_version": "3"}),
    "flac": ("flac", "flac", "s32", {}),
    "wav": ("wav", "pcm_s24le", "s32", {}),
    "alaw": ("wav", "pcm_alaw", "s16", {}),
}
SUFFIXES: Final = {"opus": ".opus", "mp3": ".mp3", "flac": ".flac", "wav": ".wav", "alaw": ".wav"}


class Encoder:
    """Writes one file. `write` gives the packets as they come, so that they can be decoded again while it goes on."""

    def __init__(self, target: Path, profile: Profile, tags: Mapping[str, str]) -> None:
        container, codec, sample_format, fixed = _FORMATS[profile.codec]
        self._container = av.open(target, "w", format=container, options={"fflags": "+bitexact"})
        self._container.metadata.update(dict(sorted(tags.items())))
        stream = self._container.add_stream(codec, rate=profile.sample_rate_hz, layout="mono", format=sample_format)
        assert isinstance(stream, AudioStream)
        self._stream = stream
        options: dict[str, object] = dict(fixed)
        if profile.codec in {"opus", "mp3"}:
            stream.bit_rate = profile.bit_rate
        if profile.codec == "opus":
            options |= {"compression_level": str(profile.complexity), "frame_duration": str(profile.frame_ms)}
        stream.options = options
        self._container.start_encoding()
        self._resampler = av.AudioResampler(sample_format, "mono", profile.sample_rate_hz)
        self._plain = profile.codec == "opus"
        self._position = 0

    def write(self, line: Block) -> list[bytes]:
        """Encode (n,) more samples at 48 kHz."""
        samples = np.ascontiguousarray(line, np.float32)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, self._position
        self._position += len(line)
        return self._encode([frame] if self._plain else self._resampler.resample(frame))

    def close(self) -> list[bytes]:
        """Encode what is held back and finish the file."""
        last: list[bytes] = [] if self._plain else self._encode(self._resampler.resample(None))
        last += self._encode([None])
        self._container.close()
        return last

    def _encode(self, frames: Iterable[av.AudioFrame | None]) -> list[bytes]:
        made: list[bytes] = []
        for frame in frames:
            for packet in self._stream.encode(frame):
                if self._plain:
                    made.append(bytes(packet))
                self._container.mux(packet)
        return made

    @property
    def header(self) -> bytes:
        """The codec's header, for a decoder of its packets."""
        return self._stream.codec_context.extradata or b""


def encode(lines: Iterable[Block], encoder: Encoder) -> Iterator[list[bytes]]:
    """Write all lines; gives the packets of each."""
    for line in lines:
        yield encoder.write(line)
    yield encoder.close()


def encode_opus(lines: Iterable[Block], target: Path, profile: Profile, tags: Mapping[str, str]) -> None:
    """Write Ogg Opus of lines that are levelled already."""
    for _ in encode(lines, Encoder(target, profile, tags)):
        pass
