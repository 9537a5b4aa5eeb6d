"""Each program runs with its own extra and nothing of the others'."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.repository import ROOT, files
from tests.system import station, test_broadcast

FOREIGN_TO_THE_RECEIVER = {
    "fastapi", "sqlalchemy", "httpx2", "scipy", "aiortc", "uvicorn", "starlette", "nats", "alembic", "jinja2",
    "server", "cli",
}  # fmt: skip
LOADED = "import importlib, json, sys; importlib.import_module(sys.argv[1]); print(json.dumps(sorted(sys.modules)))"


def loaded_by(module: str, *, python: Path = Path(sys.executable), folder: Path = ROOT) -> set[str]:
    """The top-level packages in memory once `module` is imported in a fresh process."""
    command = [str(python), "-c", LOADED, module]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return {name.partition(".")[0] for name in json.loads(answer.stdout)}


@pytest.mark.parametrize("module", ["receiver.main", "receiver.run"])
def test_a_receiver_loads_nothing_of_the_server(module: str) -> None:
    assert not loaded_by(module) & FOREIGN_TO_THE_RECEIVER


def test_the_terminal_loads_nothing_of_server_or_receiver() -> None:
    assert not loaded_by("cli.main") & {"server", "receiver", "fastapi", "sqlalchemy", "uvicorn", "av", "numpy"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's files, for a build that leaves nothing in the working tree."""
    copy = tmp_path_factory.mktemp("source")
    for path in files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path)
    return copy


def environment(folder: Path, *, lock: str, source: Path) -> Path:
    """A virtual environment with exactly one lock and Loa itself; its `bin`."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements" / lock)], check=True)
    subprocess.run([*pip, "--no-deps", str(source)], check=True)
    return folder / "bin"


@pytest.fixture(scope="module")
def receiver_only(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Path:
    return environment(tmp_path_factory.mktemp("receiver") / "venv", lock="receiver.txt", source=source)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_receiver_runs_with_only_its_extra(receiver_only: Path, tmp_path: Path) -> None:
    program = receiver_only / "loa-receiver"
    answer = subprocess.run([program, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "enrol" in answer.stdout
    assert not loaded_by("receiver.run", python=receiver_only / "python", folder=tmp_path) & FOREIGN_TO_THE_RECEIVER


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_receivers_with_only_their_extra_play_a_broadcast(
    receiver_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "loa-server").symlink_to(station.PROGRAMS / "loa-server")
    (programs / "loa-receiver").symlink_to(receiver_only / "loa-receiver")
    monkeypatch.setattr(station, "PROGRAMS", programs)
    with station.world(tmp_path) as loa:
        server, number, villages, item = test_broadcast.station_of_three(loa, tmp_path)
        starts = server.place(number, str(item["id"]), in_seconds=9)
        test_broadcast.fetched(villages)
        test_broadcast.wait_for(starts, and_seconds=4.5)
        test_broadcast.check(server, villages, item, starts)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_server_and_the_terminal_run_with_only_their_extra(tmp_path: Path, source: Path) -> None:
    bin_ = environment(tmp_path / "venv", lock="server.txt", source=source)
    for name in ("loa-server", "loa"):
        answer = subprocess.run([bin_ / name, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
    assert not loaded_by("server.run", python=bin_ / "python", folder=tmp_path) & {"receiver", "pytest"}
