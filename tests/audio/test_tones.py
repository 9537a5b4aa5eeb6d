from pathlib import Path

import numpy as np
import pytest

from audio_pipeline.prepare import prepare
from audio_pipeline.tones import TONES
from audio_pipeline.wav import write
from tests.audio.sounds import RATE_HZ, Line


def pitch(line: Line) -> float:
    spectrum = np.abs(np.fft.rfft(line * np.hanning(len(line))))
    return float(spectrum.argmax() * RATE_HZ / len(line))


@pytest.mark.parametrize("name", sorted(TONES))
def test_every_tone_is_as_long_as_asked_and_begins_and_ends_in_silence(name: str) -> None:
    line = TONES[name].samples(2.0)
    assert len(line) == 2 * RATE_HZ
    assert abs(line[0]) < 1e-3
    assert abs(line[-1]) < 1e-2
    assert 0.3 < np.abs(line).max() <= 0.5001


@pytest.mark.parametrize("name", sorted(TONES))
def test_every_tone_can_go_on_air(tmp_path: Path, name: str) -> None:
    write(tmp_path / "tone.wav", TONES[name].samples(4.0))
    made = prepare(tmp_path / "tone.wav", tmp_path / "tone.opus")
    assert made.after.integrated_lufs == pytest.approx(-16, abs=0.2)


def test_the_test_tone_is_1_khz() -> None:
    assert pitch(TONES["test"].samples(5)) == pytest.approx(1000, abs=0.3)


def test_the_attention_signal_is_two_tones_at_once() -> None:
    line = TONES["attention"].samples(4)
    spectrum = np.abs(np.fft.rfft(line * np.hanning(len(line))))
    highest = sorted(np.argsort(spectrum)[-8:] * RATE_HZ / len(line))
    assert highest[0] == pytest.approx(853, abs=1)
    assert highest[-1] == pytest.approx(960, abs=1)


def test_the_siren_rises_and_falls() -> None:
    line = TONES["wail"].samples(6)
    assert pitch(line[: RATE_HZ // 4]) == pytest.approx(500, abs=30)
    assert pitch(line[3 * RATE_HZ - 6000 : 3 * RATE_HZ + 6000]) == pytest.approx(1000, abs=30)


def test_the_fire_siren_changes_every_half_second() -> None:
    line = TONES["hi-lo"].samples(4)
    pitches = [round(pitch(line[first : first + RATE_HZ // 2])) for first in range(0, 4 * RATE_HZ, RATE_HZ // 2)]
    assert pitches == [960, 720] * 4
