"""A small station to test with: its own CA, a broker that runs, devices that may be added and revoked."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from protocol import topics
from runtime.clock import SystemClock
from server.bus.broker import Broker
from server.bus.configuration import BrokerSettings
from server.bus.permits import Credential, hashed
from server.bus.probe import trust


@dataclass(frozen=True)
class Papers:
    ca: Path
    certificate: Path
    key: Path


def papers(folder: Path) -> Papers:
    """A CA and a certificate for localhost from it, ECDSA P-256, valid for a day."""
    made = Papers(ca=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server.key")
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "station CA")])
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "station")])
    begins = datetime.now(UTC) - timedelta(hours=1)

    def start(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + timedelta(days=1))
        )

    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    ca = start(ca_name, ca_key.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    own = start(own_name, key.public_key()).add_extension(x509.SubjectAlternativeName(names), critical=False)
    made.ca.write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    made.certificate.write_bytes(own.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


def credential(cluster: str, *, station: str = "s-1", secret: str = "") -> Credential:
    return Credential(
        user=cluster,
        client_id=cluster,
        secret_sha256=hashed(secret or secret_of(cluster)),
        publish=tuple(topics.on_wire(topic) for topic in topics.upward(cluster=cluster)),
        subscribe=tuple(topics.on_wire(topic) for topic in topics.downward(station=station, cluster=cluster)),
    )


def secret_of(cluster: str) -> str:
    return hashed(f"of {cluster}")


@dataclass
class Station:
    broker: Broker
    tls: ssl.SSLContext
    ca: Path
    devices: dict[str, Credential] = field(default_factory=dict)

    def add(self, *clusters: str, station: str = "s-1") -> None:
        self.devices |= {cluster: credential(cluster, station=station) for cluster in clusters}

    @property
    def port(self) -> int:
        return self.broker.port


@asynccontextmanager
async def running_station(folder: Path, *, max_file_store_bytes: int = 2**30) -> AsyncIterator[Station]:
    made = papers(folder)
    devices: dict[str, Credential] = {}

    async def lookup(user: str) -> Credential | None:
        return devices.get(user)

    settings = BrokerSettings(
        folder=folder / "broker",
        certificate=made.certificate,
        key=made.key,
        ca=made.ca,
        port=0,
        control_port=0,
        max_file_store_bytes=max_file_store_bytes,
    )
    broker = Broker(settings, lookup, clock=SystemClock())
    async with asyncio.timeout(100), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(broker.run())
        await broker.ready()
        yield Station(broker, trust(made.ca), made.ca, devices)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
