"""The server's HTTP API as receivers use it: HTTPS, the station's own CA and nothing else, the device's bearer.

Calls block; they are made from worker threads. Each tries the addresses in turn.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import urllib3

from protocol.enrolment import Identity
from receiver.addresses import Address, Rotation
from receiver.errors import ServerRefused, Unreachable

CONNECT_S = 3.05
READ_S = 10.0
CHUNK_BYTES = 65_536

Answer = TypeVar("Answer")


def tls_context(ca_pem: str) -> ssl.SSLContext:
    """Chain up to the pinned CA, and host name or address, are checked; nothing older than TLS 1.2."""
    context = ssl.create_default_context(cadata=ca_pem)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class ServerApi:
    """Raises Unreachable where no address answers, ServerRefused where one says no."""

    def __init__(self, identity: Identity, rotation: Rotation) -> None:
        self._rotation = rotation
        self._context = tls_context(identity.ca_pem)
        self._headers = {"Authorization": f"Bearer {identity.cluster}.{identity.secret}"}
        self._pools: dict[Address, urllib3.HTTPSConnectionPool] = {}
        self._lock = threading.Lock()

    def asset(self, sha256: str, *, start: int, take: Callable[[int, Iterator[bytes]], Answer]) -> Answer:
        """Give `take` the content from byte `start`, or from 0 where the server does not resume, as it comes."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self._answer("GET", f"/api/assets/{sha256}", headers=headers) as response:
            begins = start if response.status == 206 else 0
            return take(begins, response.stream(CHUNK_BYTES))

    def journal(self, upload: bytes) -> None:
        """Returns when every row is durable at the server."""
        headers = {"Content-Type": "application/json"}
        with self._answer("POST", "/api/receiver/journal", headers=headers, body=upload) as response:
            response.read()

    def time(self, nonce: str) -> bytes:
        with self._answer("GET", f"/api/receiver/time?nonce={nonce}") as response:
            return response.read(CHUNK_BYTES)

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    @contextmanager
    def _answer(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        response = self._response(method, path, headers={**self._headers, **(headers or {})}, body=body)
        try:
            if response.status not in (200, 206):
                raise refusal(response.status, response.read(CHUNK_BYTES))
            yield response
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"the answer broke off: {error}") from error
        finally:
            # A body that was not read to its end would be taken for the next answer.
            if not response.closed and response.length_remaining:
                response.close()
            response.release_conn()

    def _response(
        self, method: str, path: str, *, headers: dict[str, str], body: bytes | None
    ) -> urllib3.BaseHTTPResponse:
        why: Exception | None = None
        for _ in range(len(self._rotation)):
            address = self._rotation.current
            try:
                return self._pool(address).urlopen(
                    method, path, headers=headers, body=body, preload_content=False, redirect=False, retries=False
                )
            except urllib3.exceptions.HTTPError as error:
                why = error
                self._rotation.failed(address)
        raise Unreachable(f"no address answers: {why}") from why

    def _pool(self, address: Address) -> urllib3.HTTPSConnectionPool:
        with self._lock:
            if address not in self._pools:
                self._pools[address] = urllib3.HTTPSConnectionPool(
                    address.host,
                    address.https_port,
                    ssl_context=self._context,
                    maxsize=4,
                    timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S),
                )
            return self._pools[address]


def refusal(status: int, body: bytes) -> ServerRefused:
    """What an RFC 9457 problem says; other bodies say only their status."""
    try:
        problem = json.loads(body)
        return ServerRefused(status, str(problem["slug"]), str(problem.get("detail_en") or problem.get("detail") or ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ServerRefused(status, f"http-{status}")
