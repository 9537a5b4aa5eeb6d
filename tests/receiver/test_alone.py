"""The receiver lives on its own extra: no server, no command line, none of their libraries."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
FOREIGN = ("fastapi", "sqlalchemy", "httpx2", "pyebur128", "scipy", "aiortc", "uvicorn", "nats")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_starts_with_only_its_extra_installed(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*install, "-r", str(HOUSE / "requirements" / "receiver.txt")], check=True)
    for package in ("audio_pipeline", "protocol", "receiver", "runtime"):
        (tmp_path / "venv" / package).symlink_to(HOUSE / package)
    dist = tmp_path / "venv" / "loa-0.1.0.dist-info"
    dist.mkdir()
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: loa\nVersion: 0.1.0\n")
    program = "import receiver.run, receiver.main, receiver.outputs.wav, receiver.outputs.null; print('it lives')"
    done = subprocess.run(
        [str(python), "-c", program], cwd=tmp_path / "venv", capture_output=True, text=True, check=False
    )
    assert done.stdout == "it lives\n", done.stderr


def test_it_loads_none_of_the_servers_libraries() -> None:
    program = f"import receiver.run, sys; print([name for name in {FOREIGN!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
