"""A real server process of our own, and an account on it."""

import json
from dataclasses import dataclass
from pathlib import Path

import httpx2

from cli.account import Account
from cli.answers import Login
from cli.server import Server, understood
from deploy.demo.errors import DemoFailed
from deploy.demo.ports import Ports
from deploy.demo.processes import Program, Programs, run
from deploy.demo.waiting import until

READY_S = 60.0


@dataclass(frozen=True, slots=True)
class StationServer:
    data: Path
    ports: Ports
    password: str
    program: Program

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.http}"

    def log_in(self) -> Server:
        with Server(Account(url=self.url, token="")) as stranger:
            login = understood(Login, stranger.post("/login", {"name": "admin", "password": self.password}))
        return Server(Account(url=self.url, token=login.token, name="admin"))

    def asset(self, sha256: str) -> Path:
        """The file of an asset in the server's content folder."""
        return next(path for path in self.data.joinpath("content").rglob(f"{sha256}*") if path.is_file())


def settings_of(ports: Ports) -> dict[str, str]:
    """All on this machine: the receivers of the demonstration come by loopback."""
    addresses = [f"127.0.0.1:{ports.https}:{ports.mqtt}"]
    hosts = {"LOA_HTTPS_HOST": "127.0.0.1", "LOA_MQTT_HOST": "127.0.0.1", "LOA_HTTP_HOST": "127.0.0.1"}
    return ports.settings() | hosts | {"LOA_ADDRESSES": json.dumps(addresses)}


def start(programs: Programs, data: Path, ports: Ports) -> StationServer:
    """First run, then run, until it answers. Raises DemoFailed."""
    settings = settings_of(ports)
    secrets = json.loads(run("loa-server", "init", "--data", str(data), "--json", settings=settings))
    program = programs.start("server", "loa-server", "run", "--data", str(data), settings=settings)
    server = StationServer(data, ports, secrets["password"], program)
    wait_until_healthy(server)
    return server


def wait_until_healthy(server: StationServer) -> None:
    def ready() -> bool:
        if not server.program.alive:
            raise DemoFailed(f"Máy chủ không chạy được / the server did not start:\n{server.program.last_words()}")
        try:
            return httpx2.get(f"{server.url}/healthz", timeout=5, trust_env=False).is_success
        except httpx2.TransportError:
            return False

    def failing() -> str:
        return f"Máy chủ không sẵn sàng / the server is not ready:\n{server.program.last_words()}"

    until(ready, within_s=READY_S, failing=failing)
