"""A whole station as processes: the real server with its broker, real receivers, each with a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import psutil

PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Ports:
    http: int
    https: int
    mqtt: int

    @classmethod
    def free(cls) -> "Ports":
        with socket.socket() as a, socket.socket() as b, socket.socket() as c:
            for one in (a, b, c):
                one.bind(("127.0.0.1", 0))
            return cls(*(one.getsockname()[1] for one in (a, b, c)))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.https}:{self.mqtt}"


def until(happened: Callable[[], Any], *, seconds: float = 30.0, what: str = "") -> Any:
    """What `happened` returned when it was first true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := happened():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what or happened}")


@dataclass
class Program:
    """A process that is ended with its test, and whose output is kept for who has to look."""

    folder: Path
    name: str
    process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str, **environment: str) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / words[0], *words[1:]],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
            )

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(20)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.signal(signal.SIGKILL)

    def log(self) -> str:
        return (self.folder / f"{self.name}.log").read_text()


@dataclass
class Server:
    folder: Path
    ports: Ports
    addresses: list[str]
    data: Path
    program: Program
    secrets: dict[str, Any] = field(default_factory=dict)
    client: httpx2.Client = field(default_factory=httpx2.Client)

    def environment(self) -> dict[str, str]:
        return {
            "LOA_HTTP_PORT": str(self.ports.http),
            "LOA_HTTPS_HOST": "127.0.0.1",
            "LOA_HTTPS_PORT": str(self.ports.https),
            "LOA_MQTT_HOST": "127.0.0.1",
            "LOA_MQTT_PORT": str(self.ports.mqtt),
            "LOA_ADDRESSES": json.dumps(self.addresses),
        }

    def command(self, *words: str) -> str:
        """Run `loa-server` to its end; its standard output."""
        done = subprocess.run(
            [PROGRAMS / "loa-server", *words],
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        if not self.secrets:
            self.secrets = json.loads(self.command("init", "--data", str(self.data), "--json"))
        self.program.start("loa-server", "run", "--data", str(self.data), **self.environment())
        self.client.close()
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.ports.http}", timeout=60)
        until(self.healthy, seconds=40, what="a healthy server")
        login = {"name": "admin", "password": self.secrets["password"]}
        token = self.client.post("/api/v1/login", json=login).json()["token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    def healthy(self) -> bool:
        assert self.program.running(), self.program.log()
        with suppress(httpx2.TransportError):
            return self.client.get("/healthz").status_code == 200
        return False

    def broker(self) -> psutil.Process:
        [found] = [c for c in psutil.Process(self.program.pid).children(recursive=True) if "nats-server" in c.name()]
        return found

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def get(self, path: str) -> dict[str, Any]:
        answer = self.client.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def station(self, name: str = "Tà Hừa") -> str:
        area = self.post("/areas", name=name, level="commune")
        return str(self.post("/stations", area=area["id"], name=f"Đài {name}")["id"])

    def item(self, **recordings: Path) -> dict[str, Any]:
        item = self.post("/items", title="Giảm nghèo bền vững")
        for language, file in recordings.items():
            with file.open("rb") as content:
                answer = self.client.post(
                    f"/api/v1/items/{item['id']}/versions", data={"language": language}, files={"file": content}
                )
            assert answer.status_code == 201, answer.text
        return self.get(f"/items/{item['id']}")

    def place(self, station: str, item: str, *, in_seconds: float) -> datetime:
        """Schedule `item`; the instant of its first sample."""
        starts = datetime.now(UTC) + timedelta(seconds=in_seconds)
        made = self.post("/slots", station=station, item=item, starts=starts.isoformat())
        return datetime.fromisoformat(made["starts"])


@dataclass
class Village:
    """A cluster with its receiver."""

    cluster: str
    folder: Path
    program: Program

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self, recording: str = "heard") -> None:
        output = f"wav:{self.folder / recording}.wav"
        self.program.start("loa-receiver", "run", "--data", str(self.data), "--output", output)

    def status(self) -> dict[str, Any]:
        done = subprocess.run(
            [PROGRAMS / "loa-receiver", "status", "--data", str(self.data), "--json"],
            capture_output=True,
            check=False,
        )
        return dict(json.loads(done.stdout or b"{}"))

    def ready(self, assets: int) -> bool:
        """Whether it holds so many assets and misses none, by its own word."""
        cache = self.status().get("cache") or {}
        return bool(cache) and cache["missing"] == 0 and cache["files"] >= assets

    def clock_error(self) -> timedelta:
        """The bound that it states for its clock: what it knows of the server's came through a busy machine."""
        return timedelta(milliseconds=(self.status().get("clock") or {}).get("error_ms", 0.0))


@dataclass
class World:
    folder: Path
    programs: list[Program] = field(default_factory=list)
    servers: list[Server] = field(default_factory=list)

    def program(self, folder: Path, name: str) -> Program:
        folder.mkdir(parents=True, exist_ok=True)
        made = Program(folder, name)
        self.programs.append(made)
        return made

    def server(self, name: str = "server", *, ports: Ports | None = None, others: tuple[str, ...] = ()) -> Server:
        ports = ports or Ports.free()
        folder = self.folder / name
        made = Server(folder, ports, [ports.address, *others], folder / "data", self.program(folder, "server"))
        self.servers.append(made)
        return made

    def village(self, server: Server, station: str, name: str, *plan: str) -> Village:
        made = server.post("/clusters", station=station, name=name, language_plan=list(plan))
        code = server.post(f"/clusters/{made['id']}/enrolment-code")
        folder = self.folder / name
        village = Village(str(made["id"]), folder, self.program(folder, "receiver"))
        enrolled = subprocess.run(
            [PROGRAMS / "loa-receiver", "enrol", code["address"], code["code"], "--data", str(village.data)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert enrolled.returncode == 0, enrolled.stderr
        return village


@contextmanager
def world(folder: Path) -> Iterator[World]:
    made = World(folder)
    try:
        yield made
    finally:
        for program in reversed(made.programs):
            if program.running():
                program.kill()
        for server in made.servers:
            server.client.close()
