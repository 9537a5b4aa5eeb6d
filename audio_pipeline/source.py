"""Whatever an officer uploads, as 48 kHz blocks of one channel or two: untrusted, so counted and limited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast

import av
import av.error

from audio_pipeline.blocks import RATE_HZ, Block, rechunk
from audio_pipeline.errors import Damaged, NoSound, NotAudio, TooLarge, TooLong, TooManyChannels, Truncated

# libavformat also reads lists of other files and devices; an upload is only ever itself.
_REFUSED_FORMATS: Final = frozenset(
    {"hls", "dash", "concat", "concatf", "ffmetadata", "image2", "lavfi", "tty", "sdp", "rtsp"}
)
# Containers whose claim is a guess from the bit rate, or grows while they are written.
_GUESSED: Final = frozenset({"aac", "amr", "amrnb", "amrwb", "ac3", "eac3", "mpegts", "loas", "g722", "gsm", "adts"})
_UNKNOWN_SIZE: Final = 0x7FFF0000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one upload may cost."""

    seconds: float = 4 * 3600.0
    channels: int = 8
    rate_hz: int = 192_000
    damaged_share: float = 0.02


class Source:
    """One upload, decoded from its first sample to its last; its claims are compared with what was decoded."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        """Raises NotAudio, NoSound, TooManyChannels or TooLarge by the header alone."""
        self._limits = limits or Limits()
        self._path = path
        try:
            self._container = av.open(path, metadata_errors="replace")
        except (av.error.FFmpegError, ValueError, OSError) as error:
            raise NotAudio(type(error).__name__) from error
        try:
            self._check_header()
        except BaseException:
            self._container.close()
            raise
        self.decoded = 0
        self._claim = self.claimed_s
        self.damaged = 0
        self._packets = 0

    def _check_header(self) -> None:
        if _REFUSED_FORMATS & set(self._container.format.name.split(",")):
            raise NotAudio(self._container.format.name)
        if not self._container.streams.audio:
            raise NoSound
        self._stream = self._container.streams.audio[0]
        try:
            context = self._stream.codec_context
            self.sample_rate_hz, self.channels = context.sample_rate, len(context.layout.channels)
        except (AttributeError, ValueError) as error:
            raise NotAudio("unknown codec") from error
        if self.channels > self._limits.channels:
            raise TooManyChannels(channels=self.channels, limit=self._limits.channels)
        if self.sample_rate_hz > self._limits.rate_hz:
            raise TooLarge(f"{self.sample_rate_hz} Hz")
        if not (self.sample_rate_hz and self.channels):
            raise NotAudio("no sample rate or no channels")
        self.codec = context.name
        self.lines = min(self.channels, 2)

    @property
    def claimed_s(self) -> float:
        """The duration that the container states, 0 where it states none or guesses."""
        if set(self._container.format.name.split(",")) & _GUESSED or not self._path.stat().st_size:
            return 0.0
        if self._container.format.name == "mp3" and not _counts_frames(self._path):
            return 0.0
        if self._container.format.name == "wav":
            return self._riff_s()
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        return (self._container.duration or 0) / 1_000_000

    def _riff_s(self) -> float:
        """What the header of a WAV claims; libavformat quietly shortens it to what is there."""
        with self._path.open("rb") as file:
            head = file.read(65_536)
        form, data = head.find(b"fmt "), head.find(b"data")
        if form < 0 or data < 0 or len(head) < max(form + 20, data + 8):
            return 0.0
        byte_rate = int.from_bytes(head[form + 16 : form + 20], "little")
        size = int.from_bytes(head[data + 4 : data + 8], "little")
        # Recorders that stream write no size or the largest there is.
        return size / byte_rate if byte_rate and 0 < size < _UNKNOWN_SIZE else 0.0

    @property
    def share(self) -> float:
        """How much of what is claimed has been decoded, 0 to 1; 0 where nothing is claimed."""
        return min(1.0, self.decoded / RATE_HZ / self._claim) if self._claim else 0.0

    def blocks(self) -> Iterator[Block]:
        """(lines, 48000) float32, a shorter last one; raises when a limit is passed, at the end for what is missing."""
        most = self._limits.seconds * RATE_HZ
        for block in rechunk(self._resampled()):
            self.decoded += block.shape[1]
            if self.decoded > most:
                raise TooLong(limit_min=self._limits.seconds / 60)
            yield block
        self._check_end()

    def _check_end(self) -> None:
        if not self.decoded:
            raise NotAudio("nothing could be decoded")
        decoded_s, claimed_s = self.decoded / RATE_HZ, self.claimed_s
        if decoded_s < claimed_s - max(1.0, 0.02 * claimed_s):
            raise Truncated(decoded_s=decoded_s, claimed_s=claimed_s)
        if self.damaged > self._limits.damaged_share * self._packets:
            raise Damaged(f"{self.damaged} of {self._packets} packets")

    def _resampled(self) -> Iterator[Block]:
        layout = "mono" if self.lines == 1 else "stereo"
        resampler, shape = None, None
        for frame in self._frames():
            found = (frame.format.name, frame.layout.name, frame.sample_rate)
            if found != shape:
                # Some streams change rate or layout on their way; what the old resampler holds belongs before.
                yield from _arrays(resampler, None)
                resampler, shape = av.AudioResampler(format="fltp", layout=layout, rate=RATE_HZ), found
            frame.pts = None
            yield from _arrays(resampler, frame)
        yield from _arrays(resampler, None)

    def _frames(self) -> Iterator[av.AudioFrame]:
        """Decoded frames; a packet that cannot be decoded is counted and passed over."""
        try:
            for packet in self._container.demux(self._stream):
                self._packets += 1
                try:
                    frames = packet.decode()
                except (av.error.FFmpegError, ValueError):
                    self.damaged += 1
                    continue
                for frame in frames:
                    if frame.samples and len(frame.layout.channels) <= self._limits.channels:
                        yield frame
        except (av.error.FFmpegError, OSError):
            # The demuxer gave up in the middle: what is missing shows at the end.
            self.damaged += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()


def _arrays(resampler: av.AudioResampler | None, frame: av.AudioFrame | None) -> Iterator[Block]:
    if resampler is None:
        return
    for resampled in resampler.resample(frame):
        yield cast("Block", resampled.to_ndarray())


def _counts_frames(path: Path) -> bool:
    """Whether an MP3 states its number of frames (a Xing, Info or VBRI header); else its duration is a guess."""
    with path.open("rb") as file:
        start = file.read(10)
        if start.startswith(b"ID3") and len(start) == 10:
            size = (start[6] & 127) << 21 | (start[7] & 127) << 14 | (start[8] & 127) << 7 | start[9] & 127
            file.seek(10 + size)
        first = file.read(4096)
    return any(mark in first for mark in (b"Xing", b"Info", b"VBRI"))
