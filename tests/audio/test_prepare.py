import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audio_pipeline.decode import OpusReader
from audio_pipeline.errors import AudioRefused, NotAudio, Silent, TooManyChannels, TooQuiet, TooShort, Truncated
from audio_pipeline.measure import measure
from audio_pipeline.prepare import Prepared, prepare
from audio_pipeline.profiles import PROFILES
from audio_pipeline.source import Limits
from tests.audio.sounds import RATE_HZ, Line, noise, read, silence, sine, write


@pytest.mark.parametrize("profile", ["horn", "indoor", "r128"])
@pytest.mark.parametrize("gain_db", [-12.0, -3.0, 12.0])
def test_speech_of_any_level_comes_out_at_the_target(tmp_path: Path, voice: Line, profile: str, gain_db: float) -> None:
    source = write(tmp_path / "voice.wav", voice * np.float32(10 ** (gain_db / 20)))
    made = prepare(source, tmp_path / "voice.opus", profile=PROFILES[profile])
    found = measure(tmp_path / "voice.opus")
    assert found.integrated_lufs == pytest.approx(PROFILES[profile].target_lufs, abs=0.2)
    assert found.true_peak_dbtp is not None
    assert found.true_peak_dbtp <= PROFILES[profile].true_peak_dbtp
    assert made.after.integrated_lufs == pytest.approx(found.integrated_lufs, abs=0.02)
    assert made.warnings == ()


def test_a_peak_of_exactly_full_scale_is_not_taken_for_silence(tmp_path: Path, voice: Line) -> None:
    made = prepare(write(tmp_path / "voice.wav", voice / np.abs(voice).max()), tmp_path / "voice.opus")
    assert made.before.sample_peak_dbfs == 0.0


def test_the_samples_told_are_the_samples_played(tmp_path: Path, voice: Line) -> None:
    made = prepare(write(tmp_path / "voice.wav", voice), tmp_path / "voice.opus")
    with OpusReader(tmp_path / "voice.opus") as reader:
        assert made.samples == reader.samples == len(read(tmp_path / "voice.opus"))
    assert made.bytes == (tmp_path / "voice.opus").stat().st_size
    assert made.sample_rate_hz == RATE_HZ


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path, voice: Line) -> None:
    source = write(tmp_path / "voice.wav", voice)
    for name in ("one.opus", "two.opus"):
        prepare(source, tmp_path / name, tags={"title": "Giảm nghèo", "language": "vi"})
    assert (tmp_path / "one.opus").read_bytes() == (tmp_path / "two.opus").read_bytes()


def test_silence_at_the_ends_goes_but_for_a_tenth_of_a_second(tmp_path: Path, voice: Line) -> None:
    source = write(tmp_path / "voice.wav", np.concatenate([silence(3), voice, silence(5)]))
    made = prepare(source, tmp_path / "voice.opus")
    assert made.before.leading_silence_s == pytest.approx(3, abs=0.1)
    assert "trim_silence" in made.steps
    assert made.samples == pytest.approx(len(voice) + 0.2 * RATE_HZ, abs=0.25 * RATE_HZ)


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz"),
    [
        ("voice.mp3", "", 44_100),
        ("voice.flac", "", 48_000),
        ("voice.m4a", "aac", 44_100),
        ("voice.caf", "alac", 48_000),
        ("voice.opus", "libopus", 48_000),
        ("voice.wma", "wmav2", 44_100),
        ("voice.mkv", "aac", 48_000),
        ("voice.wav", "pcm_s16le", 8_000),
        ("voice.aiff", "", 96_000),
        ("voice.amr", "libopencore_amrnb", 8_000),
    ],
)
def test_what_officers_bring_is_read(tmp_path: Path, voice: Line, name: str, codec: str, rate_hz: int) -> None:
    source = write(
        tmp_path / name,
        np.interp(np.arange(0, len(voice), 48_000 / rate_hz), np.arange(len(voice)), voice).astype(np.float32),
        rate_hz=rate_hz,
        codec=codec,
    )
    made = prepare(source, tmp_path / "out.opus")
    assert made.samples == pytest.approx(len(voice), abs=0.3 * RATE_HZ)
    assert made.after.integrated_lufs == pytest.approx(-16, abs=0.2)


def refused(kind: type[AudioRefused], source: Path, limits: Limits | None = None) -> AudioRefused:
    target = source.with_name("out.opus")
    with pytest.raises(kind) as caught:
        prepare(source, target, limits=limits)
    assert not target.exists()
    assert not list(source.parent.glob("*.part"))
    assert caught.value.sentence_vi.strip()
    assert caught.value.sentence_en.strip()
    return caught.value


def test_a_text_file_is_not_audio(tmp_path: Path) -> None:
    path = tmp_path / "text.mp3"
    path.write_text("Kính thưa bà con " * 500, encoding="utf-8")
    assert refused(NotAudio, path).slug == "not-audio"


def test_an_empty_file_is_not_audio(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp3"
    path.touch()
    assert refused(NotAudio, path).slug == "not-audio"


def test_silence_is_refused(tmp_path: Path) -> None:
    assert refused(Silent, write(tmp_path / "silent.wav", silence(5))).slug == "silent"


def test_what_is_too_quiet_is_refused(tmp_path: Path, voice: Line) -> None:
    assert refused(TooQuiet, write(tmp_path / "quiet.wav", voice * np.float32(0.003))).slug == "too-quiet"


def test_a_click_is_too_short(tmp_path: Path) -> None:
    assert refused(TooShort, write(tmp_path / "short.wav", sine(1000, 0.05, -20))).slug == "too-short"


def test_nine_channels_are_too_many(tmp_path: Path) -> None:
    source = write(tmp_path / "surround.wav", np.stack([sine(300, 1, -20)] * 8))
    assert refused(TooManyChannels, source, Limits(channels=6)).slug == "too-many-channels"


@pytest.mark.parametrize("name", ["voice.flac", "voice.mp3"])
def test_a_file_cut_in_the_middle_is_truncated(tmp_path: Path, voice: Line, name: str) -> None:
    source = write(tmp_path / name, np.tile(voice, 2), rate_hz=48_000)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    assert refused(Truncated, source).slug == "truncated"


def test_a_recording_over_the_limit_is_too_long(tmp_path: Path) -> None:
    source = write(tmp_path / "long.wav", noise(4, -30))
    assert refused(AudioRefused, source, Limits(seconds=2)).slug == "too-long"


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "audio_pipeline", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_the_command_prepares_and_says_what_it_did(tmp_path: Path, voice: Line) -> None:
    source = write(tmp_path / "voice.wav", voice)
    done = command("prepare", source, tmp_path / "voice.opus", "--lang", "vi", "--json")
    assert done.returncode == 0
    made = Prepared.from_dict(json.loads(done.stdout))
    assert made.samples == len(read(tmp_path / "voice.opus"))
    assert command("measure", tmp_path / "voice.opus").returncode == 0


def test_the_command_refuses_with_one_sentence(tmp_path: Path) -> None:
    done = command("prepare", write(tmp_path / "silent.wav", silence(2)), tmp_path / "out.opus")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert command("prepare").returncode == 2
