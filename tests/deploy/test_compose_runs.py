"""The commands of docker-compose.yml, run here without containers: a station on PostgreSQL and a broker of its own."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.deploy import compose
from tests.deploy.serving import free_ports, process, until_healthy
from tests.postgres import engine
from tests.postgres.engine import Engine

PROGRAMS = Path(sys.executable).parent


@dataclass
class Host:
    """This machine in the place of the containers: names and volumes mapped, ports free, everything on loopback."""

    folder: Path
    places: dict[str, str]
    overrides: dict[str, str]
    http: int
    https: int

    @classmethod
    def prepare(cls, folder: Path, database: Engine) -> "Host":
        http, https, mqtt, control = free_ports(4)
        asyncio.run(database.create("loa"))
        password_file = folder / "postgres-password"
        password_file.write_text(f"{database.password}\n")
        places = {
            "postgres:5432": f"127.0.0.1:{database.port}",
            "nats:8883": f"localhost:{mqtt}",
            "/run/secrets/postgres-password": str(password_file),
            "/var/lib/loa-receiver": str(folder / "receiver"),
            "/var/lib/loa-broker": str(folder / "broker"),
            "/var/lib/loa": str(folder / "data"),
        }
        overrides = {
            "LOA_DATA": str(folder / "data"),
            "LOA_ADDRESSES": f'["127.0.0.1:{https}:{mqtt}"]',
            "LOA_HTTP_HOST": "127.0.0.1",
            "LOA_HTTP_PORT": str(http),
            "LOA_HTTPS_HOST": "127.0.0.1",
            "LOA_HTTPS_PORT": str(https),
            "LOA_MQTT_HOST": "127.0.0.1",
            "LOA_BROKER_CONTROL_PORT": str(control),
        }
        return cls(folder, places, overrides, http, https)

    def words(self, service: str) -> list[str]:
        program, *rest = (compose.mapped(word, self.places) for word in compose.words(service))
        return [str(PROGRAMS / program), *rest]

    def environment(self, service: str) -> dict[str, str]:
        own = {name: compose.mapped(value, self.places) for name, value in compose.environment(service).items()}
        ours = {name: value for name, value in self.overrides.items() if own}
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder)} | own | ours

    def log(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    def start(self, service: str, life: ExitStack) -> subprocess.Popen[bytes]:
        running = process(self.words(service), environment=self.environment(service), log=self.log(service))
        return life.enter_context(running)


@dataclass
class Officer:
    """A person with the API."""

    client: httpx2.Client

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.client.post(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def log_in(self, password: str) -> None:
        token = self.post("/login", name="admin", password=password)["token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    def a_cluster(self) -> str:
        area = self.post("/areas", name="Tà Hừa", level="commune")["id"]
        station = self.post("/stations", area=area, name="Đài Tà Hừa")["id"]
        return str(self.post("/clusters", station=station, name="cụm 01", language_plan=["vi"])["id"])

    def connection(self, cluster: str) -> str:
        return str(self.client.get(f"/api/v1/clusters/{cluster}").json()["connection"])


def until(happened: Callable[[], bool], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_station_runs_as_the_file_says(tmp_path: Path) -> None:
    with ExitStack() as life:
        host = Host.prepare(tmp_path, life.enter_context(engine.running()))
        first = subprocess.run(
            host.words("init"), env=host.environment("init"), capture_output=True, text=True, check=False
        )
        assert first.returncode == 0, first.stderr
        found = re.search(r"admin  (\S+)", first.stdout)
        assert found
        life.callback(lambda: _holds_no_secret(tmp_path, found[1]))

        host.start("nats", life)
        officer = Officer(life.enter_context(httpx2.Client(base_url=f"http://127.0.0.1:{host.http}")))
        with ExitStack() as one_life:
            server = host.start("server", one_life)
            assert until_healthy(host.http, of=server, log=host.log("server"))["database"] is True
            officer.log_in(found[1])
            cluster = officer.a_cluster()
            _enrol(host, officer.post(f"/clusters/{cluster}/enrolment-code")["code"])
            host.start("receiver", life)
            until(lambda: officer.connection(cluster) == "online")

        again = host.start("server", life)
        until_healthy(host.http, of=again, log=host.log("server"))
        until(lambda: officer.connection(cluster) == "online")


def _enrol(host: Host, code: str) -> None:
    program, *_ = host.words("receiver")
    data = host.places["/var/lib/loa-receiver"]
    command = [program, "enrol", f"127.0.0.1:{host.https}", code, "--data", data]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _holds_no_secret(folder: Path, password: str) -> None:
    database_password = (folder / "postgres-password").read_text().strip()
    for log in folder.glob("*.log"):
        text = log.read_text()
        assert password not in text
        assert database_password not in text
