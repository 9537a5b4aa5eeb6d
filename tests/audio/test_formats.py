"""What the finished files are, for those who play them without us."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from audio_pipeline.measure import measure
from audio_pipeline.ogg import OpusHead, crc32, page_heads, set_output_gain
from audio_pipeline.prepare import prepare
from audio_pipeline.profiles import PROFILES
from tests.audio.sounds import Line, read, write

EXPECTED = {
    "horn": ("ogg", "opus", 48_000),
    "indoor": ("ogg", "opus", 48_000),
    "r128": ("ogg", "opus", 48_000),
    "web": ("mp3", "mp3float", 48_000),
    "master": ("flac", "flac", 48_000),
    "telephone": ("wav", "pcm_alaw", 8_000),
}
TAGS = {"title": "Giảm nghèo bền vững", "language": "vi", "album": "Bản tin xã"}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_profile_is_kept_by_its_file(tmp_path: Path, voice: Line, name: str) -> None:
    profile = PROFILES[name]
    made = prepare(write(tmp_path / "voice.wav", voice), tmp_path / "out", profile=profile, tags=TAGS)
    container, codec, rate = EXPECTED[name]
    with av.open(tmp_path / "out") as opened:
        stream = opened.streams.audio[0]
        assert opened.format.name == container
        assert (stream.codec_context.name, stream.codec_context.sample_rate) == (codec, rate)
        assert len(stream.codec_context.layout.channels) == 1
        tags = {**opened.metadata, **stream.metadata}
    found = measure(tmp_path / "out")
    assert found.integrated_lufs == pytest.approx(profile.target_lufs, abs=0.2)
    assert found.true_peak_dbtp is not None
    assert found.true_peak_dbtp <= profile.true_peak_dbtp
    assert made.samples == found.samples
    if container != "wav":
        assert {key.lower(): value for key, value in tags.items()}.items() >= TAGS.items()


def test_every_profile_is_tested() -> None:
    assert set(EXPECTED) == set(PROFILES)


def test_the_telephone_file_is_plain_g711(tmp_path: Path, voice: Line) -> None:
    prepare(write(tmp_path / "voice.wav", voice), tmp_path / "out.wav", profile=PROFILES["telephone"])
    info = soundfile.info(tmp_path / "out.wav")
    assert (info.subtype, info.samplerate, info.channels) == ("ALAW", 8_000, 1)


@pytest.mark.parametrize("frame_ms", [20, 40, 60])
@pytest.mark.parametrize("bit_rate", [24_000, 48_000])
def test_opus_of_other_rates_and_frames_is_kept_too(tmp_path: Path, voice: Line, frame_ms: int, bit_rate: int) -> None:
    profile = replace(PROFILES["horn"], frame_ms=frame_ms, bit_rate=bit_rate)
    made = prepare(write(tmp_path / "voice.wav", voice), tmp_path / "out.opus", profile=profile)
    assert made.after.integrated_lufs == pytest.approx(-16, abs=0.2)
    assert made.bytes * 8 / (made.samples / 48_000) == pytest.approx(bit_rate, rel=0.25)


def test_the_header_s_gain_is_what_players_apply(tmp_path: Path, voice: Line) -> None:
    prepare(write(tmp_path / "voice.wav", voice), tmp_path / "out.opus")
    before = read(tmp_path / "out.opus")
    with (tmp_path / "out.opus").open("rb") as file:
        first = next(page_heads(file))
        file.seek(28)
        gain = OpusHead.parse(file.read(first.size - 28)).gain_db
    set_output_gain(tmp_path / "out.opus", gain - 6.0)
    after = read(tmp_path / "out.opus")
    assert 20 * np.log10(float(np.std(before) / np.std(after))) == pytest.approx(6.0, abs=0.02)


def test_the_checksum_is_the_one_of_ogg(tmp_path: Path, voice: Line) -> None:
    prepare(write(tmp_path / "voice.wav", voice), tmp_path / "out.opus")
    content = (tmp_path / "out.opus").read_bytes()
    with (tmp_path / "out.opus").open("rb") as file:
        for page in page_heads(file):
            raw = bytearray(content[page.offset : page.offset + page.size])
            told, raw[22:26] = int.from_bytes(raw[22:26], "little"), bytes(4)
            assert crc32(bytes(raw)) == told
