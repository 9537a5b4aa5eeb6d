"""What a broker that somebody else runs needs of us: its configuration, a certificate, and whom it may believe."""

import json
from datetime import datetime
from pathlib import Path

from runtime.files import write_whole
from server.bus import claims, configuration
from server.bus.configuration import BrokerSettings
from server.bus.doorkeeper import Door, Identities
from server.first_run import authority_of
from server.settings import Settings

KEYS = "broker.json"


def door_of(settings: Settings) -> Door:
    host, _, port = settings.broker_url.rpartition(":")
    return Door(
        host=host,
        control_port=settings.broker_control_port,
        mqtt_port=int(port),
        ca=authority_of(settings).ca_certificate,
        name=host,
        control_tls=True,
    )


def identities_of(settings: Settings) -> Identities:
    """Made once: the broker's configuration names their public halves for as long as it is used."""
    path = settings.data / "keys" / KEYS
    if not path.exists():
        fresh = Identities()
        seeds = {"operator": fresh.operator.seed, "issuer": fresh.issuer.seed}
        write_whole(path, json.dumps(seeds).encode(), mode=0o600)
    seeds = json.loads(path.read_bytes())
    return Identities(
        operator=claims.Identity(claims.USER, seeds["operator"]),
        issuer=claims.Identity(claims.ACCOUNT, seeds["issuer"]),
    )


def write_broker_configuration(settings: Settings, *, now: datetime) -> Path:
    """`nats.conf` with the certificate and its key beside it, readable by their owner only.

    The broker reads them at its start: after a new certificate whoever runs it starts it again. Raises OSError.
    """
    folder, door, identities = settings.broker_folder, door_of(settings), identities_of(settings)
    authority = authority_of(settings)
    authority.issue(hosts=settings.hosts, now=now)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    copies = BrokerSettings(
        folder=folder,
        certificate=folder / "broker.pem",
        key=folder / "broker-key.pem",
        ca=authority.ca_certificate,
        host=settings.mqtt_host,
        port=door.mqtt_port,
        control_host=settings.mqtt_host,
        control_port=door.control_port,
        control_tls=True,
        own_log=False,
    )
    for source, target in ((authority.certificate, copies.certificate), (authority.key, copies.key)):
        write_whole(target, source.read_bytes(), mode=0o600)
    ports = configuration.choose_ports(copies)
    return configuration.write(copies, ports, operator=identities.operator.public, issuer=identities.issuer.public)
