"""Nothing sounds that is not signed.

Every message that can make or change sound is a JWS in compact form (RFC 7515), algorithm `Ed25519` (RFC 9864). Its
header carries the certificate of the signing key: a JWS in its turn, made by a root key that receivers pin at
enrolment. The root is kept offline; the signing key lives on the server and belongs to an epoch, so that a lost
server is replaced by certifying a new key with a higher epoch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.registry import HeaderParameter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from protocol.errors import Expired, Forged, Malformed, WrongAudience
from protocol.topics import MAX_PAYLOAD_BYTES
from protocol.units import Ordinal, Utc

ALGORITHM = "Ed25519"
VERSION = 1


class _Registry(jws.JWSRegistry):
    """The library's limit of 512 bytes is too short for a header with a certificate in it."""

    max_header_length = 2_048


_MESSAGES = _Registry(
    header_registry={"cert": HeaderParameter("Certificate of the signing key, by a root key", "str", True)},
    algorithms=[ALGORITHM],
)
_CERTIFICATES = _Registry(algorithms=[ALGORITHM])

Body = TypeVar("Body", bound=BaseModel)


class Certificate(BaseModel):
    """What a root key says of a signing key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str = Field("signing-key", pattern="^signing-key$")
    epoch: Ordinal
    issued: Utc
    key: dict[str, Any]


class Claims(BaseModel):
    """What surrounds the body of every signed message."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = VERSION
    audience: str
    epoch: Ordinal
    sequence: Ordinal
    issued: Utc
    expires: Utc
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Signed(Generic[Body]):
    """A message whose signature, audience and expiry held."""

    audience: str
    epoch: int
    sequence: int
    issued: datetime
    expires: datetime
    body: Body


def generate_key() -> OKPKey:
    return OKPKey.generate_key("Ed25519", private=True)


def public(key: OKPKey) -> dict[str, Any]:
    """The public half as a JWK (RFC 8037)."""
    return dict(key.as_dict(private=False))


def certify(root: OKPKey, key: OKPKey, *, epoch: int, issued: datetime) -> str:
    """The certificate of signing key `key` for `epoch`, by `root`."""
    statement = Certificate(kind="signing-key", epoch=epoch, issued=issued, key=public(key))
    header = {"alg": ALGORITHM, "kid": root.thumbprint()}
    return jws.serialize_compact(header, statement.model_dump_json().encode(), root, registry=_CERTIFICATES)


@dataclass(frozen=True, slots=True)
class Signer:
    """The server's signing key with the certificate that makes its epoch."""

    key: OKPKey
    certificate: str
    epoch: int

    def sign(self, body: BaseModel, *, audience: str, sequence: int, issued: datetime, expires: datetime) -> bytes:
        """Raises ValueError for a message larger than the topic may carry."""
        claims = Claims(
            audience=audience,
            epoch=self.epoch,
            sequence=sequence,
            issued=issued,
            expires=expires,
            body=body.model_dump(mode="json", exclude_none=True),
        )
        header = {"alg": ALGORITHM, "kid": self.key.thumbprint(), "cert": self.certificate}
        token = jws.serialize_compact(header, claims.model_dump_json().encode(), self.key, registry=_MESSAGES)
        if len(token) > MAX_PAYLOAD_BYTES:
            raise ValueError(f"a message for {audience} has {len(token)} bytes; {MAX_PAYLOAD_BYTES} are allowed")
        return token.encode("ascii")


class Trust:
    """The root keys that were pinned at enrolment."""

    def __init__(self, roots: Iterable[dict[str, Any]]) -> None:
        keys = [OKPKey.import_key(root) for root in roots]
        self._roots = {key.thumbprint(): key for key in keys}
        self._certified: dict[str, tuple[Certificate, OKPKey]] = {}

    def certificate(self, token: str) -> tuple[Certificate, OKPKey]:
        """Raises Malformed or Forged."""
        if known := self._certified.get(token):
            return known
        try:
            kid = jws.extract_compact(token.encode("ascii"), registry=_CERTIFICATES).headers().get("kid")
            root = self._roots.get(str(kid))
            if root is None:
                raise Forged("the certificate is not by a pinned root key")
            payload = jws.deserialize_compact(token, root, registry=_CERTIFICATES).payload
            statement = Certificate.model_validate_json(payload)
            key = OKPKey.import_key(statement.key)
        except JoseError as error:
            raise Forged("the certificate's signature does not hold") from error
        except (ValidationError, ValueError, UnicodeEncodeError, KeyError, TypeError) as error:
            raise Malformed("the certificate cannot be read") from error
        self._certified = {token: (statement, key)}  # One server speaks at a time; hostile ones must not fill memory.
        return statement, key

    def verify(self, payload: bytes, body: type[Body], *, audience: str, now: datetime) -> Signed[Body]:
        """The message in `payload`, when everything about it holds but its freshness (protocol.freshness).

        Raises Malformed, Forged, WrongAudience or Expired.
        """
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise Malformed(f"{len(payload)} bytes are more than a message may have")
        try:
            token = payload.decode("ascii")
            header = jws.extract_compact(payload, registry=_MESSAGES).headers()
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Malformed("not a signed message") from error
        if not header.get("cert"):
            raise Malformed("a message without its certificate")
        certificate, key = self.certificate(str(header["cert"]))
        try:
            claims_json = jws.deserialize_compact(token, key, registry=_MESSAGES).payload
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Forged("the signature does not hold") from error
        try:
            claims = Claims.model_validate_json(claims_json)
        except ValidationError as error:
            raise Malformed("signed, but not with the claims of a message") from error
        if claims.epoch != certificate.epoch:
            raise Forged(f"signed as epoch {claims.epoch} with a key of epoch {certificate.epoch}")
        if claims.audience != audience:
            raise WrongAudience(f"meant for {claims.audience}, came as {audience}")
        if claims.expires <= now:
            raise Expired(f"expired at {claims.expires.isoformat()}")
        try:
            content = body.model_validate(claims.body)
        except ValidationError as error:
            raise Malformed(f"not a {body.__name__}") from error
        return Signed(claims.audience, claims.epoch, claims.sequence, claims.issued, claims.expires, content)
