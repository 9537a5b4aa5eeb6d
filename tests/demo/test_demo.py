"""`make demo ONCE=1` as it is run by a person, and what it leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.demo import ports


def demo(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **ports.any_free().settings()},
    )


def left_running(folder: Path) -> list[str]:
    """Processes that know of `folder`: nobody else has that."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if str(folder) in command:
            found.append(command)
    return found


@pytest.mark.timeout(240)
def test_the_main_job_from_file_to_village(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    out, _ = demo("--once", "--data", str(data)).communicate(timeout=220)
    assert "Every check held" in out, out
    assert "KHÔNG ĐẠT" not in out
    assert "STAND-IN VOICES" in out
    assert "15 đài, 162 cụm loa" in out
    for language in ("tiếng Việt", "tiếng Thái", "tiếng Mông"):
        assert f"{language}: tương quan" in out
    assert out.count("ĐẠT  ") == 10
    assert {path.name for path in data.glob("receiver-*/heard.wav")} == {"heard.wav"}
    assert len(list(data.glob("receiver-*/heard.wav"))) == 3
    assert left_running(data) == []


def test_recordings_that_cannot_be_meant_end_it_at_once_with_one_sentence_and_no_process(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").touch()
    running = demo("--once", "--data", str(tmp_path / "demo"), "--audio", str(mine))
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "Which language is notes.txt in" in out
    assert "Traceback" not in out
    assert left_running(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_ends_it_in_the_middle_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    running = demo("--data", str(tmp_path / "demo"))
    assert running.stdout
    for line in running.stdout:
        if "[3/8]" in line:
            break
    running.send_signal(number)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Everything is stopped" in out
    assert left_running(tmp_path) == []
