"""How a receiver and its server come to trust each other by a short code (REQ-26).

The code is typed or scanned at the pole. It is never sent: each side proves that it knows it, over a TLS connection
whose certificate the receiver cannot check yet. The proofs cover the certificate that the receiver saw, so that whoever
stands between the two is found out on both sides; the 60 bits of the code that are never shown, each guess slowed by
scrypt, cannot be searched for while the code is good.
"""

import hashlib
import hmac
import unicodedata
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from protocol.errors import EnrolmentRefused
from protocol.units import Identifier, Ordinal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U to mistake."""
CODE_LENGTH = 16
CODE_BYTES = 10
_MISTAKEN = str.maketrans("ILO", "110")


def code_from(random: bytes) -> str:
    """Ten random bytes as a code `ABCD-EFGH-JKMN-PQRS`."""
    if len(random) != CODE_BYTES:
        raise ValueError(f"a code is made of {CODE_BYTES} random bytes")
    number = int.from_bytes(random)
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(CODE_LENGTH)))
    return "-".join(letters[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def normalised(typed: str) -> str:
    """The sixteen letters of a code as a person typed it; raises EnrolmentRefused where it cannot be one."""
    # Word processors and chat programs make other dashes and other spaces of those that were sent.
    kept = (letter for letter in typed if unicodedata.category(letter) not in {"Pd", "Zs", "Cc", "Cf"})
    letters = "".join(kept).upper().translate(_MISTAKEN)
    if len(letters) != CODE_LENGTH or not set(letters) <= set(ALPHABET):
        raise EnrolmentRefused("the code has sixteen letters and digits, in four groups of four")
    return letters


def lookup_id(code: str) -> str:
    """The part of a normalised code that may be shown: it finds the code, and proves nothing."""
    return code[:4]


def key_of(code: str) -> bytes:
    """The key of both proofs; about 50 ms and 16 MB on purpose."""
    return hashlib.scrypt(code.encode(), salt=b"loa/v1/enrolment", n=2**14, r=8, p=1, dklen=32)


def proof(key: bytes, *, side: str, nonce: str, certificate_sha256: str, content: str) -> str:
    """`side` says that it knows the code behind `key`, on this connection, and means `content`."""
    parts = (side, nonce, certificate_sha256, content)
    statement = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
    return hmac.new(key, statement, hashlib.sha256).hexdigest()


def check(given: str, expected: str) -> None:
    """Raises EnrolmentRefused, in the same time wherever they differ."""
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise EnrolmentRefused("the proof does not fit the code")


class EnrolRequest(BaseModel):
    """`POST /api/receiver/enrol`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code_id: str = Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}$")
    nonce: str = Field(pattern=r"^[0-9a-f]{32}$")
    certificate_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the certificate (DER) that the server showed the receiver."""
    software_version: str = Field(max_length=40)
    proof: str = Field(pattern=r"^[0-9a-f]{64}$")
    """`proof(key, side="receiver", content=software_version)`."""


class Identity(BaseModel):
    """What a receiver is from now on; it keeps it readable by itself alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    cluster: Identifier
    station: Identifier
    name: str
    secret: str = Field(min_length=43)
    """256 random bits for the broker and for HTTP; the name to it is `cluster`."""
    roots: tuple[dict[str, Any], ...] = Field(min_length=1)
    """Root keys to pin, as JWK."""
    ca_pem: str
    """The station's own certificate authority, to pin for HTTPS and MQTT."""
    addresses: tuple[str, ...] = Field(min_length=1)
    """`host:https-port:mqtt-port`."""
    first_session: Ordinal = 1
    """The lowest session number that it may use: higher than every one of the receiver whose place it takes."""


class EnrolReply(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    identity: str
    """An Identity as JSON, as text: the proof is over these very bytes."""
    proof: str
    """`proof(key, side="server", content=identity)`."""
