"""The files of this repository as git knows them, those of the next commit included."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Relative to ROOT."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = sorted(Path(name) for name in listed.split("\0") if name)
    return tuple(path for path in found if (ROOT / path).is_file())


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that is text, with what it says."""
    for path in files():
        try:
            yield path, (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
