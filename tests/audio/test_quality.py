from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audio_pipeline.horn_path import OPEN, RAIN, heard, intelligibility
from audio_pipeline.measure import Measurement, measure
from audio_pipeline.prepare import prepare
from audio_pipeline.quality import Expectation, judge
from audio_pipeline.speech.normalise import syllables
from tests.audio.corpus import music, pink, scaled
from tests.audio.sounds import RATE_HZ, TEXT, Line, read, sine, speech, write


def measured(tmp_path: Path, line: Line) -> Measurement:
    return measure(write(tmp_path / "sound.wav", line))


def test_a_clean_voice_is_good(tmp_path: Path, voice: Line) -> None:
    verdict = judge(measured(tmp_path, voice))
    assert (verdict.grade_vi, verdict.reason) == ("Tốt", None)


@pytest.mark.parametrize(
    ("slug", "grade"),
    [
        ("clipped", "unusable"),
        ("noisy", "unusable"),
        ("noisy", "usable"),
        ("hum", "usable"),
        ("little-speech", "usable"),
    ],
)
def test_each_fault_is_named_with_its_grade(tmp_path: Path, voice: Line, slug: str, grade: str) -> None:
    seconds = len(voice) / RATE_HZ
    line = {
        ("clipped", "unusable"): np.clip(scaled(voice, 18), -1, 1),
        ("noisy", "unusable"): voice + pink(seconds, -22, seed=3),
        ("noisy", "usable"): voice + pink(seconds, -34, seed=3),
        ("hum", "usable"): voice + sine(50, seconds, -30) + sine(100, seconds, -36) + sine(150, seconds, -38),
        ("little-speech", "usable"): music(seconds, seed=5),
    }[slug, grade]
    verdict = judge(measured(tmp_path, line))
    found = {reason.slug: reason.grade for reason in verdict.reasons}
    assert found.get(slug) == grade
    assert verdict.grade != "good"
    assert verdict.reason is not None
    assert verdict.reason.vi
    assert verdict.reason.en


def test_fast_speech_is_named(tmp_path: Path) -> None:
    line = speech(tmp_path / "fast.wav", words_per_minute=230)
    assert [reason.slug for reason in judge(measured(tmp_path, line)).reasons] == ["too-fast"]


@pytest.mark.parametrize("words_per_minute", [130, 150, 175, 200, 240])
def test_syllables_are_counted_to_within_a_fifth(tmp_path: Path, words_per_minute: int) -> None:
    line = speech(tmp_path / "voice.wav", words_per_minute=words_per_minute)
    true = syllables(TEXT) / (len(line) / RATE_HZ)
    assert measured(tmp_path, line).syllables_per_second == pytest.approx(true, rel=0.21)


def test_a_pause_is_no_syllable(tmp_path: Path, voice: Line) -> None:
    gaps = np.concatenate([voice, np.zeros(20 * RATE_HZ, np.float32), voice])
    alone = measured(tmp_path, voice).syllables_per_second
    assert measured(tmp_path, gaps).syllables_per_second == pytest.approx(alone, rel=0.05)


def test_the_length_of_the_series_is_asked_for(tmp_path: Path, voice: Line) -> None:
    found = measured(tmp_path, voice)
    assert judge(found, Expectation(shortest_s=60)).reasons[0].slug == "wrong-length"
    assert judge(found, Expectation(longest_s=5)).reasons[0].slug == "wrong-length"
    assert judge(found, Expectation(shortest_s=5, longest_s=60)).grade == "good"


def test_silence_in_between_is_named(tmp_path: Path, voice: Line) -> None:
    found = replace(measured(tmp_path, voice), silence_share=0.5)
    assert judge(found).reasons[0].slug == "too-much-silence"


def test_rain_and_echo_take_away_and_never_give(voice: Line) -> None:
    clean, rain = intelligibility(voice, voice, OPEN), intelligibility(voice, voice, RAIN)
    assert 0 < rain.estoi < clean.estoi < 1
    assert rain.stoi < clean.stoi
    assert len(heard(voice)) == len(voice)


@pytest.mark.parametrize("gain_db", [0.0, -8.0])
def test_the_horn_profile_is_understood_better_in_rain_than_the_upload(
    tmp_path: Path, voice: Line, gain_db: float
) -> None:
    upload = scaled(voice, gain_db)
    prepare(write(tmp_path / "voice.wav", upload), tmp_path / "voice.opus")
    before, after = intelligibility(upload, upload), intelligibility(upload, read(tmp_path / "voice.opus"))
    # ESTOI, which is made for maskers that fluctuate. STOI charges for the limiter and falls (docs/audio.md).
    assert after.estoi > before.estoi + 0.03
