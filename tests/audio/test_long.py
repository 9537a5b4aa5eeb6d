import sys
from pathlib import Path

import pytest

from audio_pipeline.decode import OpusReader
from bench.processes import cost
from tests.audio.sounds import Line, write


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_three_hours_take_no_more_memory_than_ten_minutes(tmp_path: Path, voice: Line) -> None:
    part = write(tmp_path / "part.mp3", voice, b="64000").read_bytes()
    source = tmp_path / "long.mp3"
    seconds = len(voice) / 48_000
    source.write_bytes(part * round(3 * 3600 / seconds))
    target = tmp_path / "long.opus"
    command = [sys.executable, "-m", "audio_pipeline", "prepare", str(source), str(target), "--json"]
    assert cost(command).peak_mb < 150
    with OpusReader(target) as reader:
        assert reader.samples == pytest.approx(3 * 3600 * 48_000, rel=0.02)
        assert len(reader.read(reader.samples - 48_000, 48_000)) == 48_000
