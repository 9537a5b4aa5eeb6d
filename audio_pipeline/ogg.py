"""Ogg pages (RFC 3533) and the identification header of Opus (RFC 7845 5.1), as far as an asset needs them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_PAGE: Final = struct.Struct("<4sBBqIIIB")
_CONTINUED: Final = 0x01


def _crc_table() -> tuple[int, ...]:
    table = []
    for index in range(256):
        register = index << 24
        for _ in range(8):
            register = ((register << 1) ^ (0x04C11DB7 if register & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(register)
    return tuple(table)


_CRC: Final = _crc_table()


def crc32(data: bytes) -> int:
    """The checksum of a page whose own checksum field is zero (RFC 3533 section 6, polynomial 0x04c11db7)."""
    register = 0
    for byte in data:
        register = ((register << 8) & 0xFFFFFFFF) ^ _CRC[(register >> 24) ^ byte]
    return register


@dataclass(frozen=True, slots=True)
class PageHead:
    """Where a page stands in its file and what its header says; lengths in bytes."""

    offset: int
    flags: int
    granule: int
    segments: bytes

    @property
    def size(self) -> int:
        return _PAGE.size + len(self.segments) + sum(self.segments)

    @property
    def continued(self) -> bool:
        return bool(self.flags & _CONTINUED)


def read_head(file: BinaryIO, offset: int) -> PageHead | None:
    """The page header at `offset`, or None where no whole header stands."""
    file.seek(offset)
    raw = file.read(_PAGE.size)
    if len(raw) < _PAGE.size or not raw.startswith(b"OggS"):
        return None
    _, _, flags, granule, _, _, _, count = _PAGE.unpack(raw)
    segments = file.read(count)
    return PageHead(offset, flags, granule, segments) if len(segments) == count else None


def page_heads(file: BinaryIO) -> Iterator[PageHead]:
    """The headers of all whole pages in order, without reading what is inside them."""
    end = file.seek(0, 2)
    offset = 0
    while (head := read_head(file, offset)) is not None and offset + head.size <= end:
        yield head
        offset += head.size


def packets(file: BinaryIO, head: PageHead, partial: bytes = b"") -> tuple[list[bytes], bytes]:
    """The packets that end on this page, and what began here and goes on (after RFC 3533 section 5)."""
    file.seek(head.offset + _PAGE.size + len(head.segments))
    body = file.read(sum(head.segments))
    done: list[bytes] = []
    start = end = 0
    for lacing in head.segments:
        end += lacing
        if lacing < 255:
            done.append(partial + body[start:end])
            partial, start = b"", end
    return done, partial + body[start:end]


@dataclass(frozen=True, slots=True)
class OpusHead:
    """The identification header: `pre_skip` in samples at 48 kHz, `gain_db` to be applied by every decoder."""

    channels: int
    pre_skip: int
    gain_db: float
    raw: bytes

    @classmethod
    def parse(cls, raw: bytes) -> OpusHead:
        """Raises ValueError where the bytes are no Opus header of the version that we know."""
        if len(raw) < 19 or not raw.startswith(b"OpusHead") or raw[8] & 0xF0:
            raise ValueError("no OpusHead")
        channels, pre_skip, _, gain = struct.unpack_from("<BHIh", raw, 9)
        return cls(channels, pre_skip, gain / 256, raw)


def set_output_gain(path: Path, gain_db: float) -> None:
    """Write the output gain into the identification header (RFC 7845 5.1, Q7.8 dB) and renew that page's checksum."""
    with path.open("r+b") as file:
        head = read_head(file, 0)
        if head is None:
            raise ValueError(f"{path.name} does not begin with an Ogg page")
        file.seek(0)
        page = bytearray(file.read(head.size))
        body = _PAGE.size + len(head.segments)
        OpusHead.parse(bytes(page[body:]))
        struct.pack_into("<h", page, body + 16, round(gain_db * 256))
        struct.pack_into("<I", page, 22, 0)
        struct.pack_into("<I", page, 22, crc32(bytes(page)))
        file.seek(0)
        file.write(page)
