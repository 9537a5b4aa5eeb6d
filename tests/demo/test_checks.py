"""The demonstration's checks find what is wrong with a broadcast: each fault fails the check that is meant for it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from deploy.demo import checks
from deploy.demo.checks import Heard, Planned
from deploy.demo.recordings import Line, Recording
from protocol.messages import AsRun, Result

RATE = 48_000
FIRST = datetime(2026, 3, 1, 9, 59, 55, tzinfo=UTC)
START = FIRST + timedelta(seconds=5)


def voice(seed: int, seconds: float = 4.0) -> Line:
    """Noise in syllables, four a second, with a pause of a second in it."""
    chance = np.random.default_rng(seed)
    times = np.arange(round(seconds * RATE)) / RATE
    line = chance.standard_normal(len(times)) * 0.2 * np.abs(np.sin(2 * np.pi * 2 * times))
    line[2 * RATE : 3 * RATE] = 0.0
    return line.astype(np.float32)


ASSETS = {"a" * 64: voice(1), "b" * 64: voice(2)}
TAGS = {"a" * 64: "vi", "b" * 64: "blt"}


def planned(language: str = "vi", cluster: str = "Tà Hừa, cụm 02") -> Planned:
    sha256 = next(sha256 for sha256, tag in TAGS.items() if tag == language)
    return Planned(cluster, language, sha256, START)


def recording(language: str = "vi", *, late_ms: float = 0.0, volume: float = 0.7, hole_s: float = 0.0) -> Recording:
    """Ten seconds and a half with the version at its instant."""
    line = np.zeros(round(10.5 * RATE), np.float32)
    sound = volume * ASSETS[planned(language).sha256]
    sound[RATE : RATE + round(hole_s * RATE)] = 0.0
    begin = 5 * RATE + round(late_ms * RATE / 1000)
    line[begin : begin + len(sound)] += sound
    return Recording(FIRST, line)


def heard(plan: Planned, found: Recording) -> Heard:
    return checks.heard(plan, found, ASSETS, TAGS)


@pytest.mark.parametrize("volume", [0.02, 0.7, 1.0])
def test_the_right_version_holds_at_any_volume_and_the_other_is_far_below(volume: float) -> None:
    found = heard(planned(), recording(volume=volume))
    assert found.verdict().holds
    assert found.match.worst_second > 0.999
    assert found.match.lag_samples == 0
    assert found.others["blt"] < 0.1


def test_a_swapped_programme_fails() -> None:
    found = heard(planned("vi"), recording("blt"))
    assert not found.verdict().holds
    assert found.match.correlation < 0.1
    assert found.others["blt"] > 0.999


def test_two_versions_at_once_fail() -> None:
    mixed = Recording(FIRST, recording("vi").line + recording("blt").line)
    assert not heard(planned("vi"), mixed).verdict().holds


def test_silence_fails() -> None:
    assert not heard(planned(), Recording(FIRST, np.zeros(10 * RATE, np.float32))).verdict().holds


def test_a_hole_of_half_a_second_fails() -> None:
    assert not heard(planned(), recording(hole_s=0.5)).verdict().holds


def test_a_recording_that_ends_too_early_fails() -> None:
    whole = recording()
    assert not heard(planned(), Recording(FIRST, whole.line[: 8 * RATE])).verdict().holds


@pytest.mark.parametrize("late_ms", [-40.0, 40.0])
def test_a_start_shifted_by_40_ms_is_measured_and_fails(late_ms: float) -> None:
    right = heard(planned(cluster="Mồ Sì San, cụm 01"), recording())
    shifted = heard(planned(), recording(late_ms=late_ms))
    assert shifted.match.lag_ms == pytest.approx(late_ms, abs=0.03)
    assert shifted.verdict().holds, "it is the right version all the same"
    assert not checks.together([right, shifted]).holds
    assert not checks.on_time([right, shifted]).holds


def test_starts_within_a_few_milliseconds_hold() -> None:
    found = [heard(planned(cluster=str(ms)), recording(late_ms=ms)) for ms in (-1.5, 0.0, 3.0)]
    assert checks.together(found).holds
    assert "4.50 ms" in checks.together(found).what
    assert checks.on_time(found).holds


def test_versions_that_were_planned_for_different_instants_need_not_start_together() -> None:
    one = heard(planned(), recording())
    later = Planned("Mồ Sì San, cụm 01", "vi", "a" * 64, START + timedelta(milliseconds=100))
    other = checks.heard(later, recording(late_ms=100), ASSETS, TAGS)
    assert checks.together([one, other]).holds


def test_sound_outside_of_the_planned_spans_fails() -> None:
    plan = planned()
    spans = [checks.span(plan, ASSETS[plan.sha256])]
    assert checks.silence("x", recording(), spans).holds
    noisy = recording()
    noisy.line[RATE] = 0.001
    assert not checks.silence("x", noisy, spans).holds


@pytest.mark.parametrize("result", [Result.JOINED_LATE, Result.INTERRUPTED, Result.MISSED, None])
def test_a_version_without_a_complete_row_in_the_journal_fails(result: Result | None) -> None:
    plan = planned()

    def row(result: Result) -> AsRun:
        return AsRun(
            id="0" * 32,
            occurrence="t-1@2026-03-01",
            title="x",
            language="vi",
            sha256=plan.sha256,
            planned_start=START,
            planned_end=START + timedelta(seconds=4),
            started=START,
            result=result,
            volume=70,
        )

    key = (plan.cluster, plan.sha256)
    assert checks.logged([plan], {key: row(Result.COMPLETE)}).holds
    assert not checks.logged([plan], {key: row(result)} if result else {}).holds


def test_a_recording_is_read_with_the_instant_of_its_first_sample(tmp_path: Path) -> None:
    wav = tmp_path / "heard.wav"
    soundfile.write(wav, recording().line, RATE, subtype="PCM_16")
    wav.with_name("heard.wav.json").write_text(json.dumps({"first_sample": FIRST.isoformat(), "sample_rate_hz": RATE}))
    found = Recording.read(wav)
    assert found.end - found.first_sample == timedelta(seconds=10.5)
    assert heard(planned(), found).verdict().holds
    assert not found.from_instant(FIRST - timedelta(seconds=9), RATE).any(), "silence where nothing was recorded"
