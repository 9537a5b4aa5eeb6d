"""Who may connect to the broker and what a connection may touch: a pure decision."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from server.bus import subjects


@dataclass(frozen=True, slots=True)
class Credential:
    """What the server knows of a device's login. The secret is 256 random bits, so one round of SHA-256 keeps it."""

    user: str
    client_id: str
    secret_sha256: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """A connection that waits for a decision; the last three only travel back with the answer."""

    protocol: str
    client_id: str
    user: str
    password: str
    address: str
    user_nkey: str
    server_id: str


@dataclass(frozen=True, slots=True)
class Grant:
    """The NATS subjects that a connection may publish and subscribe to, and nothing else."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason goes to our log and never to the device: MQTT says only `not authorized`."""

    reason: str


CredentialLookup = Callable[[str], Awaitable[Credential | None]]
"""The credential of a user now, None for one unknown or revoked. Raises CredentialsUnavailable."""


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def decide(request: ConnectRequest, credential: Credential | None) -> Grant | Refusal:
    """Grant only the right secret, over MQTT, from the one client id that the credential is bound to."""
    if request.protocol != "mqtt":
        return Refusal("not MQTT")
    if credential is None or credential.user != request.user:
        return Refusal("unknown user")
    if not hmac.compare_digest(hashed(request.password), credential.secret_sha256):
        return Refusal("wrong secret")
    if request.client_id != request.user or request.client_id != credential.client_id:
        return Refusal("another's client id")
    return Grant(publish=_subjects(credential.publish), subscribe=_subjects(credential.subscribe))


def _subjects(filters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(subject for one in filters for subject in subjects.of_filter(one))
