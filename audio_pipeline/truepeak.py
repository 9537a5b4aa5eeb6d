"""True peak to ITU-R BS.1770-5 Annex 2: four times oversampled, a value every 2.5 ms."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from audio_pipeline.blocks import Block, cells

CELL: Final = 120
CELLS_PER_SECOND: Final = 400
_PHASES: Final = 4
_TAPS: Final = 24


def _design() -> npt.NDArray[np.float32]:
    """Interpolation filters for the three instants between samples, (taps, 3): a sinc under a Kaiser window."""
    reach = _TAPS // 2
    columns = []
    for phase in range(1, _PHASES):
        at = np.arange(-reach + 1, reach + 1) - phase / _PHASES
        weight = np.i0(7.0 * np.sqrt(1 - (at / reach) ** 2)) / np.i0(7.0)
        column = np.sinc(at) * weight
        columns.append(column / column.sum())
    return np.stack(columns, axis=1).astype(np.float32)


_FILTERS: Final = _design()


class PeakEnvelope:
    """The true peak of every 2.5 ms of one line, linear. The filter needs 12 samples beyond each cell."""

    def __init__(self) -> None:
        self._tail = np.zeros(_TAPS, dtype=np.float32)
        self._held: npt.NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._parts: list[npt.NDArray[np.float32]] = []
        self.sample_peak = 0.0

    def add(self, line: Block) -> None:
        """The line goes on with these samples, (n,)."""
        if not len(line):
            return
        self.sample_peak = max(self.sample_peak, float(np.abs(line).max()))
        self._held = np.concatenate([self._held, line.astype(np.float32, copy=False)])
        reach = _TAPS // 2
        ready = (len(self._held) - reach) // CELL * CELL
        if ready > 0:
            self._flush(ready, self._held[ready : ready + reach])

    def _flush(self, count: int, ahead: npt.NDArray[np.float32]) -> None:
        reach = _TAPS // 2
        body = self._held[:count]
        line = np.concatenate([self._tail[-(reach - 1) :], body, ahead])
        view = np.lib.stride_tricks.sliding_window_view(line, _TAPS)[: len(body)]
        between = np.abs(view @ _FILTERS).max(axis=1)
        self._parts.append(cells(np.maximum(between, np.abs(body)), CELL).max(axis=1))
        self._tail = np.concatenate([self._tail, body])[-_TAPS:]
        self._held = self._held[count:]

    def series(self) -> npt.NDArray[np.float32]:
        """All cells; the line ends here."""
        if len(self._held):
            self._flush(len(self._held), np.zeros(_TAPS // 2, dtype=np.float32))
        return np.concatenate(self._parts) if self._parts else np.zeros(0, dtype=np.float32)


def decibels(linear: float) -> float:
    """20 log10, −inf for nothing."""
    return 20 * math.log10(linear) if linear > 0 else -math.inf
