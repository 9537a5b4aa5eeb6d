"""Small recordings for the tests; the same seed gives the same sound."""

from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 48_000


def babble(seconds: float, *, level: float = 0.1, seed: int = 1) -> np.ndarray:
    """Noise in the rhythm of syllables, float mono at 48 kHz: it has the loudness and the pauses of speech."""
    count = round(seconds * RATE_HZ)
    noise = np.random.default_rng(seed).standard_normal(count)
    smooth = np.convolve(noise, np.ones(12) / 12, mode="same")
    rhythm = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(count) / RATE_HZ)
    return np.clip(smooth * rhythm * level * 3.5, -0.99, 0.99)


def recording(folder: Path, name: str = "tin.wav", *, seconds: float = 4.0, level: float = 0.1, seed: int = 1) -> Path:
    file = folder / name
    soundfile.write(file, babble(seconds, level=level, seed=seed), RATE_HZ, subtype="PCM_16")
    return file
