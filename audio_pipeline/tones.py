"""Sounds that are made, not recorded: chimes, sirens, attention signal, test tone, sweep; (n,) float32 at 48 kHz."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_pipeline.blocks import RATE_HZ, Block

PEAK: Final = 0.5
_EDGE_S: Final = 0.005


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone by name: what it is for, how long it is unless asked otherwise, and how it is made."""

    name: str
    purpose: str
    seconds: float
    make: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]

    def samples(self, seconds: float | None = None) -> Block:
        """The tone at half of full scale, its edges rounded over 5 ms so that they do not click."""
        length = self.seconds if seconds is None else seconds
        at = np.arange(round(length * RATE_HZ)) / RATE_HZ
        edge = np.clip(np.minimum(at, length - at) / _EDGE_S, 0, 1)
        line: Block = (PEAK * self.make(at) * edge).astype(np.float32)
        return line


def _sine(hz: float) -> Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
    return lambda at: np.sin(2 * np.pi * hz * at)


def _swept(instant_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    wave: npt.NDArray[np.float64] = np.sin(2 * np.pi * np.cumsum(instant_hz) / RATE_HZ)
    return wave


def _bell(notes: tuple[tuple[float, float], ...], decay: float) -> Callable[..., npt.NDArray[np.float64]]:
    """Struck notes (start in seconds, Hz) that die away; partials as of a metal bar."""

    def make(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        out = np.zeros_like(at)
        for start, hz in notes:
            since = np.clip(at - start, 0, None)
            struck = sum(
                weight * np.sin(2 * np.pi * hz * ratio * since) * np.exp(-since * decay * ratio)
                for ratio, weight in ((1.0, 1.0), (2.0, 0.35), (3.01, 0.15))
            )
            out += np.where(at >= start, struck, 0.0)
        highest = float(np.abs(out).max(initial=0.0))
        return out / highest if highest else out

    return make


def _wail(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A siren that rises for 3 s and falls for 3 s between 500 and 1,000 Hz: the band where horns are loudest."""
    return _swept(750 - 250 * np.cos(2 * np.pi * at / 6))


def _pulse(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Half a second of 800 Hz, half a second of nothing."""
    gate = np.clip(np.minimum(at % 1.0, 0.5 - at % 1.0) / _EDGE_S, 0, 1)
    return np.sin(2 * np.pi * 800 * at) * gate


def _hi_lo(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return _swept(np.where(at % 1.0 < 0.5, 960.0, 720.0))


def _attention(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """853 and 960 Hz at once (47 CFR 11.31): no melody has this interval, so it is never taken for one."""
    return (np.sin(2 * np.pi * 853 * at) + np.sin(2 * np.pi * 960 * at)) / 2


def _sweep(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Exponential from 100 Hz to 8 kHz."""
    length = at[-1] if len(at) > 1 else 1.0
    return _swept(100 * (80 ** (at / max(length, 1e-9))))


TONES: Final[dict[str, Tone]] = {
    tone.name: tone
    for tone in (
        Tone("chime", "Before an ordinary bulletin", 2.5, _bell(((0.0, 659.3), (0.4, 523.3), (0.8, 784.0)), 2.5)),
        Tone("chime-end", "After a bulletin", 2.0, _bell(((0.0, 784.0), (0.4, 523.3)), 2.5)),
        Tone("wail", "Siren: danger, listen", 30.0, _wail),
        Tone("pulse", "Siren: leave at once", 30.0, _pulse),
        Tone("hi-lo", "Siren: fire", 20.0, _hi_lo),
        Tone("attention", "Two tones before an emergency message", 8.0, _attention),
        Tone("test", "1 kHz to set levels by", 10.0, _sine(1000)),
        Tone("sweep", "100 Hz to 8 kHz to hear a horn's range by", 10.0, _sweep),
    )
}
