"""Each step of conditioning: done where the measurement asks for it, left out where it does not, and of use."""

from pathlib import Path

import numpy as np
import pytest

from audio_pipeline.conditioning import Treatment, conditioned
from audio_pipeline.measure import measure_blocks
from audio_pipeline.prepare import Prepared, prepare
from audio_pipeline.profiles import PROFILES
from audio_pipeline.wav import read as decoded
from tests.audio.corpus import music, pink, room, scaled
from tests.audio.sounds import RATE_HZ, Line, noise, sine, speech, write


def made(tmp_path: Path, line: Line, profile: str = "indoor") -> tuple[Prepared, Line]:
    found = prepare(write(tmp_path / "in.wav", line), tmp_path / "out.opus", profile=PROFILES[profile])
    return found, decoded(tmp_path / "out.opus")


def band(line: Line, low_hz: float, high_hz: float) -> float:
    """The level in dB of a band."""
    power = np.abs(np.fft.rfft(line)) ** 2
    at = np.fft.rfftfreq(len(line), 1 / RATE_HZ)
    inside = float(power[(at >= low_hz) & (at < high_hz)].sum())
    return float(10 * np.log10(inside / len(line) ** 2 + 1e-15))


def test_a_clean_voice_gets_no_treatment_it_does_not_need(tmp_path: Path, voice: Line) -> None:
    found, _ = made(tmp_path, voice)
    assert not {"hum_removal_50_hz", "noise_reduction", "downmix_side", "level_talkers"} & set(found.steps)


def test_out_of_phase_stereo_survives_the_downmix(tmp_path: Path, voice: Line) -> None:
    found, line = made(tmp_path, np.stack([voice, -voice]))
    assert "downmix_side" in found.steps
    assert np.corrcoef(voice[: len(line)], line[: len(voice)])[0, 1] > 0.8


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_voice_on_one_side_is_not_halved(tmp_path: Path, voice: Line, side: str) -> None:
    nothing = scaled(noise(len(voice) / RATE_HZ, -80), 0)
    found, _ = made(tmp_path, np.stack([voice, nothing] if side == "left" else [nothing, voice]))
    assert f"downmix_{side}" in found.steps


def test_ordinary_stereo_is_mixed_as_usual(tmp_path: Path, voice: Line) -> None:
    found, _ = made(tmp_path, np.stack([voice, voice + noise(len(voice) / RATE_HZ, -50)]))
    assert not [step for step in found.steps if step.startswith("downmix")]


def test_hum_goes_and_the_voice_stays(tmp_path: Path, voice: Line) -> None:
    seconds = len(voice) / RATE_HZ
    humming = voice + sine(50, seconds, -28) + sine(100, seconds, -32) + sine(150, seconds, -36)
    found, line = made(tmp_path, humming)
    assert "hum_removal_50_hz" in found.steps
    for hz in (50, 100, 150):
        over_voice = [band(heard, hz - 1, hz + 1) - band(heard, 1000, 3000) for heard in (humming, line)]
        assert over_voice[1] < over_voice[0] - 12
    clean = [band(heard, 300, 1000) - band(heard, 1000, 3000) for heard in (voice, line)]
    assert clean[1] == pytest.approx(clean[0], abs=3)


def test_an_offset_goes(tmp_path: Path, voice: Line) -> None:
    found, line = made(tmp_path, voice * np.float32(0.5) + np.float32(0.2))
    assert "dc_removal" in found.steps
    assert abs(float(line.mean())) < 0.001


def test_noise_is_reduced_gently_and_nothing_moves_in_time(tmp_path: Path, voice: Line) -> None:
    pauses = np.concatenate(
        [np.concatenate([part, np.zeros(RATE_HZ, np.float32)]) for part in np.array_split(voice, 4)]
    )
    noisy = pauses + pink(len(pauses) / RATE_HZ, -36, seed=4)
    found, line = made(tmp_path, noisy)
    assert "noise_reduction" in found.steps
    quiet = slice(len(voice) // 4 + RATE_HZ // 4, len(voice) // 4 + RATE_HZ * 3 // 4)
    taken = 20 * np.log10(float(np.std(noisy[quiet]) / np.std(line[quiet]))) + found.gain_db
    assert 4 < taken < 20
    size = 1 << 19
    lag = np.fft.irfft(np.conj(np.fft.rfft(noisy, size)) * np.fft.rfft(line, size)).argmax()
    assert min(lag, size - lag) < 0.005 * RATE_HZ


@pytest.mark.parametrize("kind", ["music", "hall"])
def test_what_is_no_noise_is_not_reduced(tmp_path: Path, voice: Line, kind: str) -> None:
    line = music(15, seed=3) if kind == "music" else room(voice, 1.5, seed=2)
    found, _ = made(tmp_path, line)
    assert "noise_reduction" not in found.steps


@pytest.mark.parametrize("noisy", [None, -45.0])
def test_conditioning_changes_no_length(noisy: float | None) -> None:
    blocks = [noise(1, -30)[None]] * 3 + [noise(0.37, -30)[None]]
    out = list(conditioned(blocks, Treatment(high_pass_hz=150, noise_floor_dbfs=noisy, hum_hz=50)))
    assert [block.shape for block in out] == [(1, RATE_HZ)] * 3 + [(1, round(0.37 * RATE_HZ))]


def test_a_quiet_talker_is_brought_nearer_to_a_loud_one(tmp_path: Path, voice: Line) -> None:
    talk = np.concatenate([voice, scaled(voice, -12), voice])
    found, line = made(tmp_path, talk, "horn")
    assert "level_talkers" in found.steps

    def loudness(index: int) -> float:
        part = line[index * len(voice) + RATE_HZ * 3 : (index + 1) * len(voice) - RATE_HZ * 3]
        measured = measure_blocks([part[None]], 1).integrated_lufs
        assert measured is not None
        return measured

    assert 2 < loudness(0) - loudness(1) < 9


def test_one_talker_is_left_as_they_are(tmp_path: Path, voice: Line) -> None:
    found, _ = made(tmp_path, voice, "horn")
    assert "level_talkers" not in found.steps


def test_what_a_horn_cannot_move_is_taken_away(tmp_path: Path, voice: Line) -> None:
    _, line = made(tmp_path, voice + sine(60, len(voice) / RATE_HZ, -20), "horn")
    assert band(line, 20, 90) < band(line, 300, 3000) - 30


def test_the_phase_is_turned_only_where_the_limiter_would_work_too_hard(tmp_path: Path, voice: Line) -> None:
    pulses = speech(tmp_path / "low.wav", language="vi-vn-x-central", pitch=40, words_per_minute=140)
    assert "phase_rotation" in made(tmp_path, pulses, "horn")[0].steps
    assert "phase_rotation" not in made(tmp_path, voice, "horn")[0].steps
