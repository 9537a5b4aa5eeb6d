"""What a village really heard: its recorded sound held against the asset that it should have played."""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import soundfile

from audio_pipeline.decode import OpusReader

RATE_HZ = 48_000


@dataclass(frozen=True, slots=True)
class Heard:
    """How like the asset it is (normalised cross-correlation, 1: the very same), and when its first sample sounded."""

    likeness: float
    started: datetime


def recording(file: Path) -> tuple[np.ndarray, datetime]:
    """Float mono samples, and the instant of the first."""
    samples, rate_hz = soundfile.read(file, dtype="float64")
    assert rate_hz == RATE_HZ
    first = json.loads(file.with_name(f"{file.name}.json").read_text())["first_sample"]
    return samples, datetime.fromisoformat(first)


def decoded(asset: Path) -> np.ndarray:
    with closing(OpusReader(asset)) as reader:
        return np.asarray(reader.read(0, reader.samples), dtype="float64")


def heard(file: Path, asset: np.ndarray, *, skip: int = 0) -> Heard:
    """Where in the recording `asset` (from its sample `skip` on) sounds, and how like it is."""
    sound, first = recording(file)
    part = asset[skip:]
    if len(sound) < len(part):
        return Heard(0.0, first)
    size = 1 << (len(sound) + len(part) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(part, size)), size)
    products = products[: len(sound) - len(part) + 1]
    at = int(np.argmax(products))
    match = sound[at : at + len(part)]
    energy = float(np.sqrt((match**2).sum() * (part**2).sum()))
    likeness = float(products[at]) / energy if energy else 0.0
    return Heard(likeness, first + timedelta(seconds=(at - skip) / RATE_HZ))


def is_silent(file: Path) -> bool:
    sound, _ = recording(file)
    return bool(np.abs(sound).max(initial=0.0) < 1e-4)
