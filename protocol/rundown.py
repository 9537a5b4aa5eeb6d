"""The body of a rundown as an asset: canonical JSON, compressed, named by its hash."""

import gzip
import hashlib
import zlib

from pydantic import ValidationError

from protocol.errors import Malformed
from protocol.messages import Rundown, RundownHead

MAX_UNPACKED_BYTES = 32_000_000


def pack(rundown: Rundown) -> tuple[RundownHead, bytes]:
    """The same rundown gives the same bytes, so the head changes only when the week does."""
    packed = gzip.compress(rundown.model_dump_json(exclude_none=True).encode(), mtime=0)
    digest = hashlib.sha256(packed).hexdigest()
    return RundownHead(station=rundown.station, sha256=digest, bytes=len(packed)), packed


def unpack(packed: bytes, head: RundownHead) -> Rundown:
    """Raises Malformed when the bytes are not those that the head names, or no rundown of its station."""
    if len(packed) != head.bytes or hashlib.sha256(packed).hexdigest() != head.sha256:
        raise Malformed("the rundown's bytes are not those that its head names")
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(packed, MAX_UNPACKED_BYTES)
        rundown = Rundown.model_validate_json(plain)
    except (zlib.error, ValidationError) as error:
        raise Malformed("the rundown cannot be read") from error
    if not inflate.eof or inflate.unused_data:
        raise Malformed("the rundown is larger than it may be, or not whole")
    if rundown.station != head.station:
        raise Malformed(f"a rundown of {rundown.station} under a head of {head.station}")
    return rundown
