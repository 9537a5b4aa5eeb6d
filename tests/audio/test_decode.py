import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from audio_pipeline.decode import OpusReader
from audio_pipeline.prepare import prepare
from tests.audio.sounds import RATE_HZ, Line, noise, read, sine, write


@pytest.fixture(scope="module")
def asset(tmp_path_factory: pytest.TempPathFactory, voice: Line) -> Path:
    folder = tmp_path_factory.mktemp("asset")
    prepare(write(folder / "voice.wav", np.tile(voice, 3)), folder / "voice.opus")
    return folder / "voice.opus"


def test_the_reader_counts_the_samples_that_libavformat_decodes(asset: Path) -> None:
    with OpusReader(asset) as reader:
        assert reader.samples == len(read(asset)) == len(reader.read(0, 10**9))


def test_reading_anywhere_gives_the_very_samples_of_reading_through(asset: Path) -> None:
    rng = np.random.default_rng(7)
    with OpusReader(asset) as reader:
        whole = reader.read(0, reader.samples)
        for first in rng.integers(0, reader.samples, 40):
            part = reader.read(int(first), 4_800)
            assert np.array_equal(part, whole[first : first + 4_800])


def test_blocks_in_order_are_the_whole_asset(asset: Path) -> None:
    with OpusReader(asset) as reader:
        assert np.array_equal(np.concatenate(list(reader.blocks(12_345))), reader.read(0, reader.samples))


def test_the_end_gives_fewer_samples_and_never_zeros_of_its_own(asset: Path) -> None:
    with OpusReader(asset) as reader:
        assert len(reader.read(reader.samples - 100, 4_800)) == 100
        assert len(reader.read(reader.samples, 4_800)) == 0
        assert len(reader.read(reader.samples + 99, 4_800)) == 0


def test_a_click_stands_at_its_own_sample(tmp_path: Path) -> None:
    line = noise(10, -60)
    for second in range(1, 10):
        line[second * RATE_HZ : second * RATE_HZ + 96] += sine(2000, 0.002, -6)
    prepare(write(tmp_path / "clicks.wav", line), tmp_path / "clicks.opus")
    with OpusReader(tmp_path / "clicks.opus") as reader:
        for second in (8, 3, 5):
            around = reader.read(second * RATE_HZ - 480, 960)
            assert abs(int(np.abs(around).argmax()) - 480 - 48) < 60


@pytest.mark.parametrize("content", [b"", b"OggS", b"RIFF" + bytes(2000), b"OggS" + bytes(500)])
def test_what_is_no_asset_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "asset.opus"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"\w"):
        OpusReader(path)


def test_every_cut_of_an_asset_is_refused_or_plays_what_is_there(asset: Path, tmp_path: Path) -> None:
    content = asset.read_bytes()
    path = tmp_path / "cut.opus"
    for size in range(0, len(content), 9_973):
        path.write_bytes(content[:size])
        try:
            with OpusReader(path) as reader:
                assert len(reader.read(0, 10**9)) == reader.samples
        except ValueError:
            assert size < 10_000


def test_stereo_opus_of_others_plays_as_mono(tmp_path: Path) -> None:
    path = write(tmp_path / "stereo.opus", np.stack([sine(440, 2, -12), sine(440, 2, -12)]), codec="libopus")
    with OpusReader(path) as reader:
        line = reader.read(0, reader.samples)
    with av.open(path) as container:
        total = sum(frame.samples for frame in container.decode(audio=0))
    assert len(line) == total
    assert np.abs(line[RATE_HZ // 2 :]).max() == pytest.approx(10 ** (-12 / 20), rel=0.1)


def test_the_receiver_needs_only_pyav_and_numpy_to_decode() -> None:
    script = (
        "import sys; import audio_pipeline.decode; "
        "print(' '.join(sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))))"
    )
    found = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"av", "numpy", "audio_pipeline"} <= set(found)
    assert not {"scipy", "pyebur128", "soundfile", "pydub", "pydantic", "structlog"} & set(found)
