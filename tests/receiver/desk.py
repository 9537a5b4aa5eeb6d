"""The HTTPS side of a server, small and honest: real TLS, real ranges, real signatures. Its levers break it."""

import hashlib
import json
import re
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from protocol.enrolment import EnrolReply, EnrolRequest, Identity, check, key_of, normalised, proof
from protocol.errors import EnrolmentRefused
from protocol.messages import JournalUpload, TimeReply
from tests.bus.station import Papers
from tests.receiver.factories import CLUSTER, STATION, Office


@dataclass
class Desk:
    papers: Papers
    office: Office = field(default_factory=Office)
    assets: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, Identity] = field(default_factory=dict)
    """Codes that are good for one enrolment."""
    uploads: list[JournalUpload] = field(default_factory=list)
    ranges: list[tuple[str, int]] = field(default_factory=list)
    """Each download: what, and from which byte."""
    stop_after: int | None = None
    """Break each download off after so many bytes."""
    journal_status: int = 200
    ahead: timedelta = timedelta(0)
    """How far the server's clock is ahead of this machine's."""
    forged_enrolment: bool = False
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    port: int = 0

    def keep(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        self.assets[name] = content
        return name

    def identity(self, *, mqtt_port: int = 1, **fields: Any) -> Identity:
        given = {
            "cluster": CLUSTER,
            "station": STATION,
            "name": "Bản Tà Hừa",
            "secret": self.secret,
            "roots": self.office.roots,
            "ca_pem": self.papers.ca.read_text(),
            "addresses": (f"127.0.0.1:{self.port}:{mqtt_port}",),
        }
        return Identity.model_validate(given | fields)

    @property
    def certificate_sha256(self) -> str:
        pem = self.papers.certificate.read_text()
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    @property
    def rows(self) -> list[Any]:
        return [row for upload in self.uploads for row in upload.as_run]

    @property
    def events(self) -> list[Any]:
        return [event for upload in self.uploads for event in upload.events]

    @contextmanager
    def open(self, port: int = 0) -> Iterator["Desk"]:
        handler = type("Handler", (_Handler,), {"desk": self})
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.papers.certificate, self.papers.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # Hang-ups are part of the tests.
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    desk: ClassVar[Desk]

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        if not self._permitted():
            return
        where = urlsplit(self.path)
        if where.path == "/api/receiver/time":
            self._time(parse_qs(where.query)["nonce"][0])
        else:
            self._asset(where.path.rpartition("/")[2])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/receiver/enrol":
            self._enrol(body)
        elif self._permitted():
            if self.desk.journal_status == 200:
                self.desk.uploads.append(JournalUpload.model_validate_json(body))
            self._say(self.desk.journal_status, b"{}")

    def _permitted(self) -> bool:
        if self.headers["Authorization"] == f"Bearer {CLUSTER}.{self.desk.secret}":
            return True
        self._refuse(401, "not-permitted", "Không có quyền.", "Not permitted.")
        return False

    def _time(self, nonce: str) -> None:
        now = datetime.now(UTC) + self.desk.ahead
        reply = TimeReply(received=now, sent=datetime.now(UTC) + self.desk.ahead)
        self._say(200, self.desk.office.sign(reply, f"time/{nonce}", issued=now))

    def _asset(self, name: str) -> None:
        content = self.desk.assets.get(name)
        if content is None:
            return self._refuse(404, "no-such-asset", "Không có tệp này.", "No such asset.")
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted else 0
        self.desk.ranges.append((name, start))
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = self.desk.stop_after
        self.wfile.write(content[start:] if stop is None else content[start : start + stop])
        self.close_connection = stop is not None
        return None

    def _enrol(self, body: bytes) -> None:
        request = EnrolRequest.model_validate_json(body)
        code = next((code for code in self.desk.codes if normalised(code)[:4] == request.code_id), None)
        if code is None:
            sentence = "Mã kích hoạt không đúng, đã dùng hoặc quá hạn."
            return self._refuse(403, "enrolment-refused", sentence, "The code is wrong, used or expired.")
        key = key_of(normalised(code))
        seen = {"nonce": request.nonce, "certificate_sha256": self.desk.certificate_sha256}
        try:
            check(request.proof, proof(key, side="receiver", content=request.software_version, **seen))
        except EnrolmentRefused:
            return self._refuse(403, "enrolment-refused", "Mã kích hoạt không đúng.", "The code is wrong.")
        identity = self.desk.codes.pop(code).model_dump_json()
        answer = proof(key, side="server", content=identity, **seen)
        reply = EnrolReply(identity=identity, proof="0" * 64 if self.desk.forged_enrolment else answer)
        return self._say(200, reply.model_dump_json().encode())

    def _refuse(self, status: int, slug: str, vi: str, en: str) -> None:
        problem = {"type": f"about:{slug}", "title": en, "status": status, "slug": slug, "detail": vi, "detail_en": en}
        self._say(status, json.dumps(problem).encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def until(true: Any, *, seconds: float = 20.0) -> None:
    """Wait for something that another process or thread does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
