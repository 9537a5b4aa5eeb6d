"""Three hundred files that no one should upload: no crash, no hang, no silence passed as sound, no unknown slug."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio_pipeline.errors import AudioRefused, by_slug
from audio_pipeline.measure import measure
from audio_pipeline.prepare import prepare
from audio_pipeline.sandbox import prepare_in_child
from tests.audio.sounds import Line, write

SECONDS = 10
SHAPES = {
    "voice.wav": "pcm_s16le",
    "voice.mp3": "",
    "voice.flac": "",
    "voice.m4a": "aac",
    "voice.opus": "libopus",
    "voice.wma": "wmav2",
    "voice.amr": "libopencore_amrnb",
    "voice.mkv": "aac",
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, voice: Line) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("good")
    short = voice[: 4 * 48_000]
    found = {}
    for name, codec in SHAPES.items():
        rate = 8_000 if name.endswith("amr") else 48_000
        line = short[:: 48_000 // rate]
        found[name] = write(folder / name, np.ascontiguousarray(line), rate_hz=rate, codec=codec).read_bytes()
    return found


def damaged(good: dict[str, bytes], count: int) -> Iterator[tuple[str, bytes]]:
    """Cut, holed, shifted, mislabelled, glued and random files, always the same ones."""
    rng = np.random.default_rng(300)
    names = sorted(good)
    for index in range(count):
        name = names[index % len(names)]
        content = bytearray(good[name])
        kind = index // len(names) % 7
        where = int(rng.integers(0, len(content)))
        if kind == 0:
            content = content[:where]
        elif kind == 1:
            for position in rng.integers(0, len(content), 40):
                content[position] = int(rng.integers(0, 256))
        elif kind == 2:
            content[where : where + 2000] = b""
        elif kind == 3:
            content[where : where + 4000] = rng.bytes(4000)
        elif kind == 4:
            name = names[(index + 3) % len(names)]
        elif kind == 5:
            content = content[:64] + rng.bytes(int(rng.integers(0, 20_000)))
        else:
            content = content[: where // 2] + bytearray(good[names[(index + 1) % len(names)]])[where // 3 :]
        yield name, bytes(content)


def outcome(source: Path) -> str:
    """The slug, or "prepared" for what turned out to be sound after all."""
    target = source.with_name("out.opus")
    try:
        made = prepare(source, target)
    except AudioRefused as refused:
        return refused.slug if by_slug(refused.slug) is type(refused) and not target.exists() else "nonsense"
    found = measure(target)
    assert found.integrated_lufs is not None
    assert found.integrated_lufs > -40
    assert made.samples == found.samples
    target.unlink()
    return "prepared"


def test_damaged_files_are_refused_or_really_sound(tmp_path: Path, good: dict[str, bytes]) -> None:
    outcomes: dict[str, int] = {}
    for index, (name, content) in enumerate(damaged(good, 56)):
        source = tmp_path / f"{index}-{name}"
        source.write_bytes(content)
        said = outcome(source)
        outcomes[said] = outcomes.get(said, 0) + 1
    assert outcomes["prepared"] < 50
    assert outcomes.get("not-audio", 0) > 3


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_three_hundred_damaged_files_in_their_own_processes(tmp_path: Path, good: dict[str, bytes]) -> None:
    for index, (name, content) in enumerate(damaged(good, 300)):
        source = tmp_path / f"{index}-{name}"
        await asyncio.to_thread(source.write_bytes, content)
        said = await in_child(source)
        assert said not in {"nonsense", "no answer", "audio-refused"}, (index, name)


async def in_child(source: Path) -> str:
    try:
        made = await prepare_in_child(source, source.with_name("out.opus"), timeout_s=SECONDS)
    except AudioRefused as refused:
        return "no answer" if "no answer" in refused.detail else refused.slug
    return "prepared" if made.after.integrated_lufs is not None else "nonsense"


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=4000), name=st.sampled_from([*sorted(SHAPES), "x", "x.m3u8", "x.txt"]))
def test_any_bytes_under_any_name_are_refused(tmp_path: Path, content: bytes, name: str) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    assert outcome(source) != "audio-refused"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{secret}\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile {secret}\n"),
        ("list.mp3", "ffconcat version 1.0\nfile {secret}\n"),
    ],
)
def test_an_upload_cannot_name_another_file(tmp_path: Path, voice: Line, name: str, content: str) -> None:
    secret = write(tmp_path / "secret.wav", voice)
    source = tmp_path / name
    source.write_text(content.format(secret=secret.name))
    assert outcome(source) == "not-audio"


def test_a_wav_that_claims_more_than_it_has_is_truncated(tmp_path: Path, voice: Line) -> None:
    source = write(tmp_path / "voice.wav", voice, codec="pcm_s16le")
    content = source.read_bytes()
    source.write_bytes(content[: len(content) // 3])
    assert outcome(source) == "truncated"


def test_a_mkv_that_lies_about_its_length_is_truncated(tmp_path: Path, good: dict[str, bytes]) -> None:
    source = tmp_path / "voice.mkv"
    content = good["voice.mkv"]
    source.write_bytes(content[: len(content) // 2])
    assert outcome(source) == "truncated"
