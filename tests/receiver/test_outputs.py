"""The virtual sound cards."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from receiver import outputs
from receiver.errors import OutputFailed
from receiver.outputs import Block, Output
from receiver.outputs.wav import WavOutput
from receiver.station_clock import StationClock
from runtime.clock import SystemClock

CLOCK = SystemClock()


def opened(word: str) -> Output:
    return outputs.opened(word, clock=CLOCK, station=StationClock(CLOCK))


@pytest.mark.parametrize("word", ["null", "wav"])
def test_an_output_asks_for_every_sample_once_and_in_real_time(word: str, tmp_path: Path) -> None:
    output = opened(f"wav:{tmp_path / 'x.wav'}" if word == "wav" else word)
    asked: list[tuple[float, int]] = []
    enough = threading.Event()

    def render(dac_s: float, frames: int) -> Block:
        asked.append((dac_s, frames))
        if len(asked) == 40:
            # The thread is held up; it must catch up without losing a block.
            threading.Event().wait(0.3)
        if len(asked) >= 60:
            enough.set()
        return np.zeros(frames, dtype=np.float32)

    began = CLOCK.monotonic()
    output.start(render, lambda _: None)
    assert enough.wait(10)
    took = CLOCK.monotonic() - began
    output.stop()
    count = len(asked)
    threading.Event().wait(0.1)
    assert len(asked) == count
    first = asked[0][0]
    for number, (dac_s, frames) in enumerate(asked):
        assert frames == 960
        assert dac_s == pytest.approx(first + number * 0.02, abs=1e-6)
    assert took >= 59 * 0.02


def test_a_wav_says_when_its_first_sample_sounded_and_can_be_read_after_a_kill(tmp_path: Path) -> None:
    program = (
        "import sys, threading; import numpy as np; from receiver import outputs\n"
        "from receiver.station_clock import StationClock; from runtime.clock import SystemClock\n"
        "clock = SystemClock(); out = outputs.opened(sys.argv[1], clock=clock, station=StationClock(clock))\n"
        "out.start(lambda at, n: np.full(n, 0.5, dtype=np.float32), print)\n"
        "print('go', flush=True); threading.Event().wait()\n"
    )
    wav = tmp_path / "out.wav"
    child = subprocess.Popen([sys.executable, "-c", program, f"wav:{wav}"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    before = datetime.now(UTC)
    threading.Event().wait(1.0)
    child.kill()
    child.communicate()
    line, rate = soundfile.read(wav, dtype="float32")
    assert rate == 48_000
    assert 0.6 <= len(line) / rate <= 1.3
    assert (line == 0.5).all()
    sidecar = json.loads((tmp_path / "out.wav.json").read_text())
    assert abs(datetime.fromisoformat(sidecar["first_sample"]) - before) < timedelta(seconds=0.5)


def test_a_full_disk_ends_the_recording_and_is_told_once(tmp_path: Path) -> None:
    output = WavOutput(Path("/dev/full"), clock=CLOCK, station=StationClock(CLOCK))
    with pytest.raises(OutputFailed):
        output.start(lambda _, frames: np.zeros(frames, dtype=np.float32), lambda _: None)
    small = opened(f"wav:{tmp_path / 'x.wav'}")
    told: list[str] = []
    blocks = threading.Semaphore(0)

    rendered = 0

    def render(_: float, frames: int) -> Block:
        nonlocal rendered
        rendered += 1
        if rendered == 2:
            # As a disk that goes away, in the thread that writes: libsndfile does not stand two at once.
            small._file.close()  # type: ignore[attr-defined]
        blocks.release()
        return np.zeros(frames, dtype=np.float32)

    small.start(render, told.append)
    for _ in range(22):
        assert blocks.acquire(timeout=5)
    small.stop()
    assert len(told) == 1
    assert "x.wav" in told[0]


@pytest.mark.parametrize("word", ["", "wav", "wav:", "speaker", "null:1"])
def test_a_word_that_names_no_output_is_said(word: str) -> None:
    with pytest.raises(OutputFailed, match="is no output"):
        opened(word)


def test_a_missing_sound_system_is_one_sentence_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "receiver.outputs.sound", None)
    with pytest.raises(OutputFailed, match="apt-get install libportaudio2"):
        opened("sound")
