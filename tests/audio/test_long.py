import subprocess
import sys
from pathlib import Path

import pytest

from audio_pipeline.decode import OpusReader
from tests.audio.sounds import Line, write

WITH_PEAK = """
import runpy, sys
try:
    runpy.run_module("audio_pipeline", run_name="__main__", alter_sys=True)
finally:
    [peak] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
    print(peak, file=sys.stderr)
"""
"""The peak in kB of the command's own memory: what the kernel tells a parent counts the parent's, before the exec."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_three_hours_take_no_more_memory_than_ten_minutes(tmp_path: Path, voice: Line) -> None:
    part = write(tmp_path / "part.mp3", voice, b="64000").read_bytes()
    source = tmp_path / "long.mp3"
    seconds = len(voice) / 48_000
    source.write_bytes(part * round(3 * 3600 / seconds))
    target = tmp_path / "long.opus"
    command = [sys.executable, "-c", WITH_PEAK, "prepare", str(source), str(target), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(done.stderr.split()[-1]) < 150_000
    with OpusReader(target) as reader:
        assert reader.samples == pytest.approx(3 * 3600 * 48_000, rel=0.02)
        assert len(reader.read(reader.samples - 48_000, 48_000)) == 48_000
