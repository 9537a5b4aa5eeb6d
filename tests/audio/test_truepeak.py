import numpy as np
import pytest

from audio_pipeline.truepeak import FILTERS, REACH, PeakEnvelope
from tests.audio.sounds import RATE_HZ, Line, noise, sine


def interpolated_everywhere(line: Line) -> float:
    padded = np.concatenate([np.zeros(REACH, np.float32), line, np.zeros(REACH, np.float32)])
    view = np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1)
    return max(float(np.abs(view @ FILTERS).max()), float(np.abs(line).max()))


def highest(line: Line, *, only_highest: bool, block: int = RATE_HZ) -> float:
    meter = PeakEnvelope(only_highest=only_highest)
    for first in range(0, len(line), block):
        meter.add(line[first : first + block])
    meter.series()
    return meter.highest


@pytest.mark.parametrize("only_highest", [False, True])
@pytest.mark.parametrize("kind", ["speech", "noise", "chord", "square"])
def test_interpolating_beside_peaks_finds_what_interpolating_everything_finds(
    voice: Line, kind: str, only_highest: bool
) -> None:
    line = {
        "speech": voice,
        "noise": noise(10, -15),
        "chord": sine(440, 10, -12) + sine(6_543, 10, -12) + sine(15_111, 10, -12),
        "square": np.sign(sine(312, 10, 0)) * np.float32(0.5),
    }[kind]
    assert highest(line, only_highest=only_highest) == pytest.approx(interpolated_everywhere(line), rel=0.002)


def test_blocks_of_any_size_give_the_same_cells(voice: Line) -> None:
    def cells(size: int) -> Line:
        meter = PeakEnvelope()
        for first in range(0, len(voice), size):
            meter.add(voice[first : first + size])
        return meter.series()

    assert np.array_equal(cells(RATE_HZ), cells(997))
