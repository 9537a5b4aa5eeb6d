"""A receiver becomes one of a station's clusters by a one-time code (protocol.enrolment, REQ-26)."""

import hashlib
import http.client
import json
import secrets
import socket
import ssl
from dataclasses import dataclass

from pydantic import ValidationError

from protocol.enrolment import EnrolReply, EnrolRequest, Identity, check, key_of, lookup_id, normalised, proof
from protocol.errors import EnrolmentRefused
from receiver.errors import EnrolmentFailed

TIMEOUT_S = 15.0
MAX_ANSWER_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes


def enrolled(host: str, port: int, typed_code: str, *, software_version: str) -> Identity:
    """Raises EnrolmentFailed."""
    try:
        code = normalised(typed_code)
    except EnrolmentRefused as error:
        raise EnrolmentFailed(
            "Mã kích hoạt gồm 16 chữ và số, chia thành bốn nhóm. Hãy kiểm tra rồi nhập lại.",
            "The code has sixteen letters and digits in four groups. Check it and type it again.",
        ) from error
    key = key_of(code)
    nonce = secrets.token_hex(16)
    try:
        with _connection(host, port) as connection:
            certificate = _certificate_of(connection)
            request = EnrolRequest(
                code_id=lookup_id(code),
                nonce=nonce,
                certificate_sha256=certificate,
                software_version=software_version,
                proof=proof(
                    key, side="receiver", nonce=nonce, certificate_sha256=certificate, content=software_version
                ),
            )
            answer = _asked(connection, host, port, request)
    except (OSError, http.client.HTTPException) as error:
        raise EnrolmentFailed(
            f"Không kết nối được máy chủ {host}:{port}. Hãy kiểm tra địa chỉ và đường mạng.",
            f"The server {host}:{port} cannot be reached ({error}). Check the address and the network.",
        ) from error
    if answer.status != 200:
        raise _refusal(answer)
    return _identity(answer.body, key, nonce, certificate)


def _connection(host: str, port: int) -> ssl.SSLSocket:
    """Nobody can be checked yet: the certificate that is shown goes into both proofs instead."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain = socket.create_connection((host, port), timeout=TIMEOUT_S)
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _certificate_of(connection: ssl.SSLSocket) -> str:
    certificate = connection.getpeercert(binary_form=True)
    if certificate is None:
        raise ssl.SSLError("the server showed no certificate")
    return hashlib.sha256(certificate).hexdigest()


def _asked(connection: ssl.SSLSocket, host: str, port: int, request: EnrolRequest) -> _Answer:
    """Over the very connection whose certificate the proof names."""
    client = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    client.sock = connection
    client.request(
        "POST",
        "/api/receiver/enrol",
        body=request.model_dump_json(),
        headers={"Content-Type": "application/json", "Connection": "close"},
    )
    response = client.getresponse()
    return _Answer(response.status, response.read(MAX_ANSWER_BYTES))


def _identity(body: bytes, key: bytes, nonce: str, certificate: str) -> Identity:
    try:
        reply = EnrolReply.model_validate_json(body)
        expected = proof(key, side="server", nonce=nonce, certificate_sha256=certificate, content=reply.identity)
        check(reply.proof, expected)
        return Identity.model_validate_json(reply.identity)
    except EnrolmentRefused as error:
        raise EnrolmentFailed(
            "Máy trả lời không phải là máy chủ đã cấp mã này; có thể có người đứng giữa. Không nhập lại mã ở mạng này.",
            "What answered does not know this code: it is not the server that issued it, or someone stands between. "
            "Do not type the code again on this network.",
        ) from error
    except ValidationError as error:
        raise EnrolmentFailed(
            "Máy chủ trả lời không đúng quy cách; hãy kiểm tra phiên bản phần mềm hai bên.",
            "The server's answer cannot be read; check the software versions of both sides.",
        ) from error


def _refusal(answer: _Answer) -> EnrolmentFailed:
    """The server's own sentences, where it gives them."""
    try:
        problem = json.loads(answer.body)
        vi, en = str(problem["detail"]), str(problem.get("detail_en") or problem["title"])
    except (ValueError, KeyError, TypeError):
        vi, en = f"Máy chủ từ chối ({answer.status}).", f"The server refused ({answer.status})."
    return EnrolmentFailed(vi, en)
