"""Files that are there whole or not at all."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from runtime.files import write_whole


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "rundown.json"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_is_never_readable_by_others_not_even_over_a_left_part(tmp_path: Path) -> None:
    path = tmp_path / "identity.json"
    (tmp_path / "identity.json.part").write_bytes(b"left by a crash")
    write_whole(path, b"secret", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_at_any_step_leaves_the_old_file_or_the_new_one(tmp_path: Path, step: str) -> None:
    path = tmp_path / "state"
    write_whole(path, b"old")
    # The process is really killed, without any cleaning up, where it was about to take the step.
    program = f"""
        import os, pathlib, signal
        def killed(*_): os.kill(os.getpid(), signal.SIGKILL)
        if {step!r} == "fsync": os.fsync = killed
        else: pathlib.Path.replace = killed
        from runtime.files import write_whole
        write_whole(pathlib.Path({str(path)!r}), b"n" * 1_000_000)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False, cwd=Path.cwd())
    assert ended.returncode == -9
    assert path.read_bytes() == b"old"
    write_whole(path, b"after the crash")
    assert path.read_bytes() == b"after the crash"


def test_a_full_disk_is_said_and_leaves_the_old_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    write_whole(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
