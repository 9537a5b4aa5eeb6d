"""Assets to play, made once: noise that never repeats, so that a wrong place cannot look like the right one."""

import functools
import hashlib
import json
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from audio_pipeline.decode import OpusReader
from audio_pipeline.encode import encode_opus
from audio_pipeline.profiles import HORN
from protocol.messages import Asset
from receiver.instants import index_of

Line = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sound:
    asset: Asset
    content: bytes
    decoded: Line


@functools.cache
def sound(seed: int, seconds: float) -> Sound:
    """Opus at 32 kbit/s, and what it decodes to."""
    rng = np.random.default_rng(seed)
    line = (0.2 * rng.standard_normal(round(seconds * 48_000))).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.opus"
        encode_opus([line], path, HORN, {})
        content = path.read_bytes()
        with OpusReader(path) as reader:
            decoded = reader.read(0, reader.samples)
    asset = Asset(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content), samples=len(decoded))
    return Sound(asset, content, decoded)


@dataclass(frozen=True)
class Recording:
    """A WAV and the index (receiver.instants) of its first sample."""

    first: int
    line: Line

    @classmethod
    def read(cls, path: Path) -> "Recording":
        line, rate = soundfile.read(path, dtype="float32")
        assert rate == 48_000
        beside = json.loads(path.with_name(f"{path.name}.json").read_text())
        return cls(index_of(datetime.fromisoformat(beside["first_sample"])), line)

    def at(self, index: int, count: int) -> Line:
        start = index - self.first
        assert start >= 0, "the recording began later"
        return self.line[start : start + count]

    def lag_of(self, wanted: Line, index: int, *, reach: int = 480) -> int:
        """By how many samples `wanted` came later than `index`, by cross-correlation."""
        here = self.at(index - reach, len(wanted) + 2 * reach)
        return int(np.argmax(np.correlate(here, wanted, mode="valid"))) - reach
