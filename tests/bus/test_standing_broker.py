"""A broker that somebody else runs asks us all the same, whichever process of ours is there."""

import asyncio
import json
import socket
import stat
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import nats
import nats.errors
import pytest
import structlog.testing
from cryptography import x509
from typer.testing import CliRunner

from runtime.clock import SystemClock
from server.broker_files import door_of, identities_of, write_broker_configuration
from server.bus import configuration
from server.bus.doorkeeper import Identities
from server.bus.errors import BusUnavailable
from server.bus.permits import Credential
from server.bus.probe import Login, knock, trust
from server.bus.standing import StandingBroker
from server.first_run import authority_of, initialise
from server.main import app
from server.settings import Settings
from tests.bus.station import credential, secret_of
from tests.bus.wire import Device, Gone

CLOCK = SystemClock()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Elsewhere:
    """What whoever runs the broker has: our files, and nats-server."""

    settings: Settings
    configuration: Path

    @contextmanager
    def running(self) -> Iterator[None]:
        command = [configuration.find_program(), "--config", str(self.configuration)]
        with (self.settings.data / "nats.out").open("ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            process.wait()

    @asynccontextmanager
    async def asked(self, *devices: str, identities: Identities | None = None) -> AsyncIterator[StandingBroker]:
        """One life of our server, as far as the broker sees it."""
        known: dict[str, Credential] = {name: credential(name) for name in devices}

        async def lookup(user: str) -> Credential | None:
            return known.get(user)

        ours = identities or identities_of(self.settings)
        broker = StandingBroker(door_of(self.settings), ours, lookup, clock=CLOCK)
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(broker.run())
            yield broker
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def device(self, name: str, *, secret: str = "") -> Device:
        tls = trust(authority_of(self.settings).ca_certificate)
        port = door_of(self.settings).mqtt_port
        return await Device.connect(port, tls, client_id=name, secret=secret or secret_of(name))


@pytest.fixture
async def elsewhere(tmp_path: Path) -> Elsewhere:
    settings = Settings(
        data=tmp_path / "data",
        mqtt_host="127.0.0.1",
        broker_url=f"localhost:{free_port()}",
        broker_control_port=free_port(),
        broker_folder=tmp_path / "broker",
    )
    await initialise(settings, CLOCK)
    return Elsewhere(settings, write_broker_configuration(settings, now=CLOCK.now()))


async def test_devices_are_let_in_again_after_the_server_was_started_anew(elsewhere: Elsewhere) -> None:
    with elsewhere.running():
        async with elsewhere.asked("c-1") as broker:
            await broker.ready()
            first = await elsewhere.device("c-1")
        async with elsewhere.asked("c-1", "c-2") as broker:
            await broker.ready()
            second = await elsewhere.device("c-2")
            assert await second.subscribe("loa/v1/server/state") == [0]
            assert await first.subscribe("loa/v1/server/state") == [0], "whoever was in stays in"
            with pytest.raises(Gone):
                await elsewhere.device("c-1", secret="another's")
            first.die()
            second.die()


async def test_nobody_is_let_in_while_no_server_is_there(elsewhere: Elsewhere) -> None:
    with elsewhere.running():
        async with elsewhere.asked("c-1") as broker:
            await broker.ready()
        door = door_of(elsewhere.settings)
        login = Login("c-1", secret_of("c-1"))
        with pytest.raises((BusUnavailable, TimeoutError)):
            async with asyncio.timeout(2):
                await knock(door.host, door.mqtt_port, name=door.name, tls=trust(door.ca), login=login)


async def test_a_broker_that_was_gone_is_said_to_be_lost_once_and_back_once(elsewhere: Elsewhere) -> None:
    with structlog.testing.capture_logs() as logs:
        async with elsewhere.asked("c-1") as broker:
            with elsewhere.running():
                await broker.ready()
            await asyncio.sleep(1)
            with elsewhere.running():
                await broker.ready()
                (await elsewhere.device("c-1")).die()
    said = [line["event"] for line in logs if line.get("what") == "broker"]
    assert said[:2] == ["lost", "back"]


async def test_a_revoked_device_is_disconnected(elsewhere: Elsewhere) -> None:
    with elsewhere.running():
        async with elsewhere.asked("c-1") as broker:
            await broker.ready()
            device = await elsewhere.device("c-1")
            assert await broker.disconnect("c-1") == 1
            device.die()


async def test_the_control_port_opens_only_for_the_operator_of_the_configuration(elsewhere: Elsewhere) -> None:
    door = door_of(elsewhere.settings)
    with elsewhere.running():
        async with elsewhere.asked("c-1") as broker:
            await broker.ready()
            for stranger in (
                {"nkeys_seed_str": Identities().operator.seed},
                {"user": "c-1", "password": secret_of("c-1")},
            ):
                with pytest.raises(nats.errors.Error):
                    await nats.connect(
                        f"tls://localhost:{door.control_port}",
                        tls=trust(door.ca),
                        allow_reconnect=False,
                        connect_timeout=5,
                        **stranger,
                    )


def test_the_configuration_holds_no_seed_and_only_its_owner_may_read(elsewhere: Elsewhere) -> None:
    folder = elsewhere.settings.broker_folder
    seeds = json.loads((elsewhere.settings.data / "keys" / "broker.json").read_bytes())
    text = elsewhere.configuration.read_text()
    assert not [seed for seed in seeds.values() if seed in text]
    assert {path.name for path in folder.iterdir()} == {"nats.conf", "broker.pem", "broker-key.pem"}
    for path in [*folder.iterdir(), elsewhere.settings.data / "keys" / "broker.json"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_written_again_the_configuration_names_the_same_keys(elsewhere: Elsewhere) -> None:
    before = elsewhere.configuration.read_text()
    write_broker_configuration(elsewhere.settings, now=CLOCK.now())
    assert elsewhere.configuration.read_text() == before


def test_the_configuration_can_be_written_again_by_hand(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    given = elsewhere.settings
    monkeypatch.setenv("LOA_BROKER_URL", given.broker_url)
    monkeypatch.setenv("LOA_BROKER_FOLDER", str(given.broker_folder))
    elsewhere.configuration.unlink()
    said = CliRunner().invoke(app, ["broker-config", "--data", str(given.data)])
    assert said.exit_code == 0, said.output
    assert elsewhere.configuration.exists()


def test_a_server_that_keeps_its_own_broker_has_no_configuration_to_write(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["broker-config", "--data", str(tmp_path)])
    assert said.exit_code == 1
    assert "LOA_BROKER_URL" in said.output


def test_the_brokers_certificate_holds_for_the_name_that_the_server_calls_it_by(elsewhere: Elsewhere) -> None:
    settings = Settings(
        data=elsewhere.settings.data, broker_url="nats:8883", broker_folder=elsewhere.settings.broker_folder
    )
    write_broker_configuration(settings, now=CLOCK.now())
    certificate = x509.load_pem_x509_certificate((settings.broker_folder / "broker.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "nats" in names.get_values_for_type(x509.DNSName)
