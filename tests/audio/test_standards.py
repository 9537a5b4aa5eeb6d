"""EBU Tech 3341 (cases 1-6, 9-23) and Tech 3342 (cases 1-4), made from sines as the documents describe them.

Cases 7 and 8 of Tech 3341 and 5 and 6 of Tech 3342 are recordings that the EBU distributes; they cannot be made here.
"""

import math
from pathlib import Path

import numpy as np
import pytest

from audio_pipeline.loudness import MOMENTARY, SHORT_TERM, energies, integrated, loudest, loudness_range, lufs, windows
from audio_pipeline.measure import measure, measure_blocks
from audio_pipeline.truepeak import PeakEnvelope, decibels
from tests.audio.sounds import RATE_HZ, Line, sine, write


def stereo(*parts: tuple[float, float]) -> Line:
    """1 kHz in phase on both channels: pairs of level in dBFS and seconds."""
    line = np.concatenate([sine(1000, seconds, level) for level, seconds in parts])
    return np.stack([line, line])


@pytest.mark.parametrize(
    ("case", "parts", "expected"),
    [
        (1, [(-23, 20)], -23.0),
        (2, [(-33, 20)], -33.0),
        (3, [(-36, 10), (-23, 60), (-36, 10)], -23.0),
        (4, [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        (5, [(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_tech_3341_integrated(case: int, parts: list[tuple[float, float]], expected: float) -> None:
    series = energies(stereo(*parts))
    assert integrated(series) == pytest.approx(expected, abs=0.1), case
    if case < 3:
        assert loudest(series, MOMENTARY) == pytest.approx(expected, abs=0.1)
        assert loudest(series, SHORT_TERM) == pytest.approx(expected, abs=0.1)


def test_tech_3341_case_6_weighs_five_channels() -> None:
    # The pipeline meters one channel or two, so the surround weights (+1.5 dB) are applied to the energies by hand.
    levels = {-28.0: 2.0, -24.0: 1.0, -30.0: 2 * 1.41}
    series = sum((weight * energies(sine(1000, 20, level)[None]) for level, weight in levels.items()), np.zeros(2000))
    assert integrated(series) == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_9_short_term_stands_still() -> None:
    parts = [(-20.0, 1.34), (-30.0, 1.66)] * 5
    found = windows(energies(stereo(*parts)), SHORT_TERM)[300:]
    assert lufs(float(found.min())) == pytest.approx(-23.0, abs=0.1)
    assert lufs(float(found.max())) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("index", range(20))
def test_tech_3341_cases_10_and_11_short_term_at_any_offset(index: int) -> None:
    silence = np.zeros((2, round(index * 0.15 * RATE_HZ)), np.float32)
    steady = np.concatenate([silence, stereo((-23, 3)), np.zeros((2, RATE_HZ), np.float32)], axis=1)
    assert loudest(energies(steady), SHORT_TERM) == pytest.approx(-23.0, abs=0.1)
    rising = np.concatenate([silence, stereo((-38 + index, 3)), np.zeros((2, RATE_HZ), np.float32)], axis=1)
    assert loudest(energies(rising), SHORT_TERM) == pytest.approx(-38.0 + index, abs=0.1)


def test_tech_3341_case_12_momentary_stands_still() -> None:
    parts = [(-20.0, 0.18), (-30.0, 0.22)] * 25
    found = windows(energies(stereo(*parts)), MOMENTARY)[100:]
    assert lufs(float(found.min())) == pytest.approx(-23.0, abs=0.1)
    assert lufs(float(found.max())) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("index", range(20))
def test_tech_3341_cases_13_and_14_momentary_at_any_offset(index: int) -> None:
    silence = np.zeros((2, round(index * 0.02 * RATE_HZ)), np.float32)
    steady = np.concatenate([silence, stereo((-23, 0.4)), np.zeros((2, RATE_HZ), np.float32)], axis=1)
    assert loudest(energies(steady), MOMENTARY) == pytest.approx(-23.0, abs=0.1)
    rising = np.concatenate([silence, stereo((-38 + index, 0.4)), np.zeros((2, RATE_HZ), np.float32)], axis=1)
    assert loudest(energies(rising), MOMENTARY) == pytest.approx(-38.0 + index, abs=0.1)


def true_peak(line: Line) -> float:
    meter = PeakEnvelope()
    for first in range(0, len(line), RATE_HZ):
        meter.add(line[first : first + RATE_HZ])
    return decibels(float(meter.series().max()))


def faded(line: Line) -> Line:
    """The documents ask for no steps at the ends, whose own overshoot would be measured."""
    ramp = np.minimum(1, np.arange(len(line)) / 2400).astype(np.float32)
    smooth: Line = line * ramp * ramp[::-1]
    return smooth


@pytest.mark.parametrize(
    ("case", "divisor", "phase_degrees", "level", "expected"),
    [
        (15, 4, 0.0, 0.50, -6.0),
        (16, 4, 45.0, 0.50, -6.0),
        (17, 6, 60.0, 0.50, -6.0),
        (18, 8, 67.5, 0.50, -6.0),
        (19, 4, 45.0, 1.41, 3.0),
    ],
)
def test_tech_3341_true_peak_of_sines(
    case: int, divisor: int, phase_degrees: float, level: float, expected: float
) -> None:
    line = faded(sine(RATE_HZ / divisor, 1, 20 * math.log10(level), phase=math.radians(phase_degrees)))
    assert expected - 0.4 <= true_peak(line) <= expected + 0.2, case


@pytest.mark.parametrize("offset", range(4))
def test_tech_3341_cases_20_to_23_true_peak_between_samples(offset: int) -> None:
    """A burst at four times the rate, band-limited and decimated at each of its four offsets."""
    fast = 4 * RATE_HZ
    at = np.arange(fast // 2) / fast
    burst = 0.5 * np.sin(2 * np.pi * RATE_HZ / 6 * at)
    peak = round(fast * 0.25)
    around = np.abs(np.arange(len(at)) - peak) < fast / (RATE_HZ / 6) / 2
    burst[around] *= 2
    spectrum = np.fft.rfft(burst * np.hanning(len(at)))
    spectrum[round(0.45 * RATE_HZ * len(at) / fast) :] = 0
    limited = np.fft.irfft(spectrum, len(at))
    limited /= np.abs(limited).max()
    line = limited[offset::4].astype(np.float32)
    assert -0.4 <= true_peak(line) <= 0.2


@pytest.mark.parametrize(
    ("case", "levels", "expected"),
    [(1, (-20, -30), 10), (2, (-20, -15), 5), (3, (-40, -20), 20), (4, (-50, -35, -20, -35, -50), 15)],
)
def test_tech_3342_loudness_range(case: int, levels: tuple[float, ...], expected: float) -> None:
    assert loudness_range(energies(stereo(*((level, 20.0) for level in levels)))) == pytest.approx(expected, abs=1), (
        case
    )


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 96_000, 192_000])
def test_every_sample_rate_measures_the_same(tmp_path: Path, rate_hz: int) -> None:
    path = write(tmp_path / "sine.wav", faded(sine(997, 10, -23, rate_hz=rate_hz)), rate_hz=rate_hz)
    found = measure(path)
    assert found.integrated_lufs == pytest.approx(-23 - 3.01, abs=0.1)
    assert found.true_peak_dbtp == pytest.approx(-23, abs=0.15)
    assert found.samples == pytest.approx(10 * RATE_HZ, abs=2)


def test_the_meter_agrees_with_libebur128() -> None:
    pyebur128 = pytest.importorskip("pyebur128")
    rng = np.random.default_rng(5)
    steps = np.repeat(10 ** (rng.uniform(-40, -10, 600) / 20), RATE_HZ // 2)
    line = (rng.standard_normal(len(steps)) * steps).astype(np.float32)
    other = pyebur128.R128State(1, RATE_HZ, pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_LRA)
    other.add_frames(line.astype(np.float64), len(line))
    found = measure_blocks([line[None]], 1)
    assert found.integrated_lufs == pytest.approx(pyebur128.get_loudness_global(other), abs=0.05)
    assert found.loudness_range_lu == pytest.approx(pyebur128.get_loudness_range(other), abs=0.2)
