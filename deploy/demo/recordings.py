"""What a receiver's WAV output holds, and which instant each of its samples has."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from audio_pipeline.decode import OpusReader
from protocol.units import SAMPLE_RATE_HZ, duration, samples_between

Line = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recording:
    first_sample: datetime
    line: Line

    @classmethod
    def read(cls, wav: Path) -> "Recording":
        """A WAV and the sidecar that says when its first sample sounded."""
        described = json.loads(wav.with_name(f"{wav.name}.json").read_text())
        line, rate = soundfile.read(wav, dtype="float32")
        if rate != SAMPLE_RATE_HZ or line.ndim != 1:
            raise ValueError(f"{wav} is not mono at {SAMPLE_RATE_HZ} Hz")
        return cls(datetime.fromisoformat(described["first_sample"]), line)

    @property
    def end(self) -> datetime:
        return self.first_sample + duration(len(self.line))

    def from_instant(self, instant: datetime, count: int) -> Line:
        """`count` samples from `instant`; silence where nothing was recorded."""
        begin = samples_between(self.first_sample, instant)
        cut = np.zeros(count, np.float32)
        first, last = max(0, begin), min(len(self.line), begin + count)
        if first < last:
            cut[first - begin : last - begin] = self.line[first:last]
        return cut

    def loudest_outside(self, spans: list[tuple[datetime, datetime]], *, margin: timedelta) -> float:
        """The greatest magnitude (full scale is 1) of what sounds more than `margin` away from every span."""
        outside = np.ones(len(self.line), bool)
        for begin, end in spans:
            first = max(0, samples_between(self.first_sample, begin - margin))
            last = max(0, samples_between(self.first_sample, end + margin))
            outside[first:last] = False
        return float(np.abs(self.line[outside]).max(initial=0.0))


def decoded(asset: Path) -> Line:
    with OpusReader(asset) as reader:
        return reader.read(0, reader.samples)
