"""The real program against the real server: a server process of its own, and `loa` run as a person runs it."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.server import Server
from deploy.demo import ports, station_server
from deploy.demo.processes import Programs, entry_point
from deploy.demo.station_server import StationServer


@pytest.fixture(scope="session")
def station_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationServer]:
    folder = tmp_path_factory.mktemp("server")
    with Programs(folder / "logs") as programs:
        yield station_server.start(programs, folder / "data", ports.any_free())


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """A technician's shell: a home of its own, and the environment that a test gives it."""

    home: Path
    environment: dict[str, str]

    def loa(self, *arguments: str, stdin: str = "", **environment: str) -> Ended:
        done = subprocess.run(
            [entry_point("loa"), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment | environment,
            cwd=self.home,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def says(self, *arguments: str) -> str:
        """Standard output of a command that succeeds."""
        ended = self.loa(*arguments)
        assert ended.status == 0, ended.err
        return ended.out

    @property
    def login_file(self) -> Path:
        return self.home / ".config" / "loa" / "login.json"


def clean_environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOA_", "XDG_"))}
    return kept | {"HOME": str(home), "COLUMNS": "200"}


@pytest.fixture
def outside(tmp_path: Path) -> Terminal:
    """Not logged in."""
    return Terminal(tmp_path, clean_environment(tmp_path))


@pytest.fixture(scope="session")
def login(station_service: StationServer, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What `loa login` keeps; made once, as logging in is slow on purpose."""
    home = tmp_path_factory.mktemp("login")
    at_home = Terminal(home, clean_environment(home))
    ended = at_home.loa("login", station_service.url, LOA_PASSWORD=station_service.password)
    assert ended.status == 0, ended.err
    return at_home.login_file.read_bytes()


@pytest.fixture
def terminal(outside: Terminal, login: bytes) -> Terminal:
    """Logged in as the administrator."""
    outside.login_file.parent.mkdir(parents=True)
    outside.login_file.write_bytes(login)
    return outside


@pytest.fixture(scope="session")
def api(station_service: StationServer) -> Iterator[Server]:
    with station_service.log_in() as server:
        yield server


@dataclass(frozen=True, slots=True)
class Commune:
    area: str
    station: str
    clusters: tuple[str, ...]


@pytest.fixture(scope="session")
def communes(api: Server) -> dict[str, Commune]:
    """Two communes that are one without diacritics, one with an alias, and one to be used in peace."""

    def made(name: str, *aliases: str, plans: tuple[tuple[str, ...], ...] = (("vi",),)) -> Commune:
        area = api.post("/areas", {"name": name, "level": "commune", "aliases": list(aliases)})["id"]
        station = api.post("/stations", {"area": area, "name": f"Đài truyền thanh xã {name}"})["id"]
        clusters: list[dict[str, Any]] = [
            api.post("/clusters", {"station": station, "name": f"{name}, cụm {number:02}", "language_plan": list(plan)})
            for number, plan in enumerate(plans, 1)
        ]
        return Commune(area, station, tuple(cluster["id"] for cluster in clusters))

    return {
        "Nậm Chà": made("Nậm Chà"),
        "Nậm Cha": made("Nậm Cha"),
        "Căn Co": made("Căn Co", "Cấn Co"),
        "Tà Hừa": made("Tà Hừa", plans=(("blt",), ("vi",), ("hmn", "vi"))),
    }
