"""Music that steps back while someone speaks."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from audio_pipeline.blocks import RATE_HZ, Block, cells

_CELL: Final = RATE_HZ // 100
# Music steps back 0.2 s before the voice and returns 0.8 s after it.
_BEFORE: Final = 20
_AFTER: Final = 80
_PAUSE_DB: Final = -25.0
_OPEN_DB: Final = -4.0


def ducked(voice: Block, music: Block, under: npt.NDArray[np.bool_], under_db: float, fade_s: float) -> Block:
    """`voice` (n,) with `music` under it where `under` (n,) says so: `under_db` while it speaks, −4 dB in its pauses.

    Both come at the same loudness. The music repeats as often as it must and fades at its ends.
    """
    wanted = cells(under.astype(np.float32), _CELL).max(axis=1) > 0.5
    level = np.sqrt(np.mean(cells(voice, _CELL) ** 2, axis=1))
    loud = level > max(1e-4, float(level.max(initial=0.0)) * 10 ** (_PAUSE_DB / 20))
    talking = np.convolve(loud, np.ones(_BEFORE + _AFTER + 1), mode="full")[_BEFORE : _BEFORE + len(loud)] > 0.5
    gain = np.where(talking, 10 ** (under_db / 20), 10 ** (_OPEN_DB / 20)) * wanted
    reach = max(1, round(fade_s * 50))
    shape = np.hanning(2 * min(reach, 25) + 1)
    smooth = np.convolve(gain, shape / shape.sum(), mode="same") * _edges(wanted, reach)
    at = np.arange(len(voice)) / _CELL
    curve = np.interp(at, np.arange(len(smooth)) + 0.5, smooth)
    mixed: Block = (voice + np.resize(music, len(voice)) * curve).astype(np.float32)
    return mixed


def _edges(wanted: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.float64]:
    """Rises from and falls to nothing over twice `reach` cells at both ends of the bed."""
    inside = wanted.nonzero()[0]
    index = np.arange(len(wanted))
    distance = np.minimum(index - inside[0], inside[-1] - index)
    edges: npt.NDArray[np.float64] = np.clip(distance / (2 * reach), 0, 1)
    return edges
