"""Random access to a finished Ogg Opus asset, exact to the sample; needs only PyAV and numpy.

Position is granule − pre-skip (RFC 7845 section 4). libavformat is not asked: the page headers alone say where every
sample is.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import av
import numpy as np
import numpy.typing as npt

from audio_pipeline.ogg import OpusHead, packets, page_heads, read_head

SAMPLE_RATE_HZ: Final = 48_000
# RFC 7845 4.6 asks for at least 80 ms before the wanted sample. After those, errors near −56 dB remain for more than a
# second; after two seconds the samples are the same to the last bit, and decoding two seconds takes 2 ms.
PRE_ROLL_SAMPLES: Final = 96_000

_NOTHING: Final = np.zeros(0, dtype=np.float32)
_FRAME_SIZES: Final = (480, 960, 1920, 2880)


def packet_samples(packet: bytes) -> int:
    """Samples at 48 kHz that a packet holds, by its table-of-contents byte (RFC 6716 3.1)."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        size = _FRAME_SIZES[config & 3]
    elif config < 16:
        size = (480, 960)[config & 1]
    else:
        size = (120, 240, 480, 960)[config & 3]
    frames = (1, 2, 2)[code] if code < 3 else (packet[1] & 0x3F if len(packet) > 1 else 0)
    return size * frames


class OpusReader:
    """An asset opened for playing. Memory does not grow with its length but for 16 bytes a page."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError where the file is no whole Ogg Opus asset of one channel or two."""
        self._file: BinaryIO = path.open("rb")
        try:
            self._index()
        except BaseException:
            self._file.close()
            raise
        self._restart(0)

    def _index(self) -> None:
        self._offsets, self._ends = array("q"), array("q")
        pages = page_heads(self._file)
        first = next(pages, None)
        header, _ = packets(self._file, first) if first is not None else ([], b"")
        if not header:
            raise ValueError("no Ogg page")
        self.head = OpusHead.parse(header[0])
        if self.head.channels > 2:
            raise ValueError(f"{self.head.channels} channels")
        for page in pages:
            if page.granule > 0:
                self._offsets.append(page.offset)
                self._ends.append(page.granule)
        if not self._ends:
            raise ValueError("no sound")
        self.samples = max(0, self._ends[-1] - self.head.pre_skip)

    def _restart(self, position: int) -> None:
        """Stand so that decoding from here has settled before sample `position`."""
        granule = max(0, position + self.head.pre_skip - PRE_ROLL_SAMPLES)
        page = bisect_right(self._ends, granule)
        # One page more: a packet that began on the page before cannot be decoded here.
        self._page = max(0, page - 1)
        self._decoder = decoder(self.head.raw)
        self._partial = b""
        self._lost_start = self._page > 0
        self._buffer = _NOTHING
        self._frames = self._decode()
        self.position = (self._ends[self._page - 1] if self._page else 0) - self.head.pre_skip

    def _decode(self) -> Iterator[npt.NDArray[np.float32]]:
        while self._page < len(self._offsets):
            head = read_head(self._file, self._offsets[self._page])
            if head is None:
                raise ValueError("the asset changed while it was read")
            done, self._partial = packets(self._file, head, self._partial)
            if self._lost_start and head.continued:
                done = done[1:]
            if self._lost_start:
                # The first page after a jump is counted back from its own granule: whole packets only.
                self.position = head.granule - sum(map(packet_samples, done)) - self.head.pre_skip
            self._lost_start = False
            self._page += 1
            for packet in done:
                for frame in self._decoder.decode(av.Packet(packet)):
                    yield mono(frame)

    def read(self, first_sample: int, count: int) -> npt.NDArray[np.float32]:
        """Samples [first_sample, first_sample + count) as float32 mono; fewer at the end, never invented.

        Reading on from where the last read ended costs no more than decoding; anything else seeks.
        """
        if first_sample < 0 or count < 0:
            raise ValueError("positions and counts are not negative")
        first_sample = min(first_sample, self.samples)
        count = min(count, self.samples - first_sample)
        if first_sample < self.position or first_sample > self.position + len(self._buffer) + SAMPLE_RATE_HZ:
            self._restart(first_sample)
        parts: list[npt.NDArray[np.float32]] = []
        while count:
            if not len(self._buffer):
                block = next(self._frames, None)
                if block is None:
                    break
                self._buffer = block
            skip = min(max(0, first_sample - self.position), len(self._buffer))
            take = 0 if skip == len(self._buffer) else min(count, len(self._buffer) - skip)
            if take:
                parts.append(self._buffer[skip : skip + take])
            self._buffer = self._buffer[skip + take :]
            self.position += skip + take
            first_sample += take
            count -= take
        return np.concatenate(parts) if parts else _NOTHING

    def blocks(self, size: int = SAMPLE_RATE_HZ) -> Iterator[npt.NDArray[np.float32]]:
        """The whole asset in blocks of `size` samples, the last one shorter."""
        for first in range(0, self.samples, size):
            yield self.read(first, size)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def decoder(header: bytes) -> av.AudioCodecContext:
    """A decoder of Opus packets that gives every sample (pre-skip is the caller's); it applies the header's gain."""
    neutral = bytearray(header)
    neutral[10:12] = b"\0\0"
    context = av.CodecContext.create("libopus", "r")
    assert isinstance(context, av.AudioCodecContext)
    context.extradata = bytes(neutral)
    # Else it gives 16-bit samples, which hide every peak over full scale.
    context.options = {"request_sample_fmt": "flt"}
    return context


def mono(frame: av.AudioFrame) -> npt.NDArray[np.float32]:
    """The decoder's interleaved samples, float32, as one line."""
    channels = len(frame.layout.channels)
    samples = frame.to_ndarray()
    if channels == 1:
        line: npt.NDArray[np.float32] = samples[0]
        return line
    mixed: npt.NDArray[np.float32] = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return mixed
