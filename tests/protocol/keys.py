"""A station's keys for one test, and a server that signs with them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import OKPKey

from protocol import topics
from protocol.messages import RundownHead
from protocol.signing import Signer, Trust, certify, generate_key, public

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
STATION = "s-7k3m9q2x"
AUDIENCE = topics.rundown(STATION)
HEAD = RundownHead(station=STATION, sha256="ab" * 32, bytes=500)


class Station:
    def __init__(self) -> None:
        self.root = generate_key()
        self.trust = Trust([public(self.root)])

    def signer(self, *, epoch: int = 1, root: OKPKey | None = None, key: OKPKey | None = None) -> Signer:
        key = key or generate_key()
        return Signer(key, certify(root or self.root, key, epoch=epoch, issued=NOW), epoch)


def signed(signer: Signer, **different: Any) -> bytes:
    """A head of the station's rundown, valid for a day, unless told otherwise."""
    usual: dict[str, Any] = {"audience": AUDIENCE, "sequence": 1, "issued": NOW, "expires": NOW + timedelta(days=1)}
    return signer.sign(different.pop("body", HEAD), **(usual | different))
