"""The signed letters of NATS's auth callout: its question read, our answer written.

Both are JWTs with NATS's own algorithm name and claims, which no general library speaks; what
is here is the little of them that a callout needs.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

import nkeys
from pydantic import BaseModel, ConfigDict, Field

from server.bus.permits import ConnectRequest, Grant, Refusal

ACCOUNT, USER = nkeys.PREFIX_BYTE_ACCOUNT, nkeys.PREFIX_BYTE_USER
_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


class Identity:
    """A NATS key pair, a fresh one unless a seed is given. The broker's configuration names just the public half."""

    def __init__(self, kind: int, seed: str = "") -> None:
        self.seed = seed or nkeys.encode_seed(os.urandom(32), kind).decode()
        self._pair = nkeys.from_seed(self.seed.encode())
        self.public: str = self._pair.public_key.decode()

    def sign(self, claims: Mapping[str, object]) -> str:
        """`claims` as a JWT issued by this key."""
        body = {**claims, "iss": self.public}
        body["jti"] = _base32(hashlib.sha256(_json(body)).digest())
        text = f"{_base64(_json(_HEADER))}.{_base64(_json(body))}"
        return f"{text}.{_base64(self._pair.sign(text.encode()))}"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Server(_Part):
    id: str


class _Client(_Part):
    host: str = ""
    type: str = ""
    mqtt_id: str = ""


class _Options(_Part):
    user: str = ""
    password: str = Field(default="", alias="pass")


class _Question(_Part):
    server_id: _Server
    user_nkey: str
    client_info: _Client
    connect_opts: _Options


class _Claims(_Part):
    nats: _Question


def read(letter: bytes) -> ConnectRequest:
    """The question in an authorization request; raises ValueError where it is none.

    Its signature is not checked: only the broker that we started can publish to the account that
    these come in on, and our answer is of use only to the connection that it names.
    """
    _, _, rest = letter.partition(b".")
    body, _, _ = rest.partition(b".")
    question = _Claims.model_validate_json(base64.urlsafe_b64decode(body + b"==")).nats
    return ConnectRequest(
        protocol=question.client_info.type,
        client_id=question.client_info.mqtt_id,
        user=question.connect_opts.user,
        password=question.connect_opts.password,
        address=question.client_info.host,
        user_nkey=question.user_nkey,
        server_id=question.server_id.id,
    )


def answer(request: ConnectRequest, decision: Grant | Refusal, *, issuer: Identity, account: str) -> bytes:
    """What the broker waits for: the connection's rights in `account`, or why there are none."""
    nats: dict[str, Any] = {"type": "authorization_response", "version": 2}
    match decision:
        case Grant():
            nats["jwt"] = issuer.sign(_user(request, decision, account))
        case Refusal():
            nats["error"] = decision.reason
    return issuer.sign({"sub": request.user_nkey, "aud": request.server_id, "nats": nats}).encode()


def _user(request: ConnectRequest, grant: Grant, account: str) -> dict[str, object]:
    return {
        "sub": request.user_nkey,
        "aud": account,
        "name": request.user,
        "nats": {
            "type": "user",
            "version": 2,
            "pub": _only(grant.publish),
            "sub": _only(grant.subscribe),
            "subs": -1,
            "data": -1,
            "payload": -1,
            "allowed_connection_types": ["MQTT"],
        },
    }


def _only(subjects: tuple[str, ...]) -> dict[str, list[str]]:
    """NATS reads an empty list of what is allowed as everything, so nothing must be said as a denial."""
    return {"allow": list(subjects)} if subjects else {"deny": [">"]}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _base32(data: bytes) -> str:
    return base64.b32encode(data).rstrip(b"=").decode()
