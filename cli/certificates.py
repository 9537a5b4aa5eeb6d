"""Whose certificate is believed: a station's own authority from a file, or one server's by its fingerprint."""

import hashlib
import hmac
import re
import ssl
from pathlib import Path

from cli.errors import Misuse, Unreachable

CONNECT_S = 10.0


def authority_in(file: Path) -> str:
    """The PEM text of `--ca`. Raises Misuse for a file that holds no certificate."""
    try:
        pem = file.read_text(encoding="ascii")
        context(pem)
    except (OSError, ValueError, ssl.SSLError) as error:
        raise Misuse(f"{file} không phải tệp chứng thư đọc được.", f"{file} is no readable certificate.") from error
    return pem


def with_fingerprint(host: str, port: int, fingerprint: str) -> str:
    """The server's certificate (PEM), when its SHA-256 is `fingerprint`.

    Raises Misuse for what is no fingerprint, Unreachable where nobody or somebody else answers.
    """
    wanted = re.sub(r"[:\s]", "", fingerprint.lower().removeprefix("sha256:").removeprefix("sha256=")).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", wanted):
        raise Misuse(
            "Dấu vân tay có dạng sha256: và 64 chữ số thập lục phân.",
            "A fingerprint is sha256: and 64 hexadecimal digits.",
        )
    try:
        pem = ssl.get_server_certificate((host, port), timeout=CONNECT_S)
    except OSError as error:
        raise unreachable(f"{host}:{port}") from error
    if not hmac.compare_digest(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest(), wanted):
        raise Unreachable(
            f"Máy chủ ở {host}:{port} có chứng thư khác với dấu vân tay đã cho; không gửi mật khẩu.",
            f"The server at {host}:{port} has another certificate than the fingerprint says; no password was sent.",
        )
    return pem


def context(pem: str | None) -> ssl.SSLContext:
    """Believes `pem` and nothing else, or without it what the system believes."""
    if pem is None:
        return ssl.create_default_context()
    believing = ssl.create_default_context(cadata=pem)
    if not any(found.get("issuer") == found.get("subject") for found in believing.get_ca_certs()):
        # A single server's certificate that a person compared: it is believed by itself, whatever name it bears.
        believing.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        believing.check_hostname = False
    return believing


def unreachable(where: str) -> Unreachable:
    return Unreachable(
        f"Không kết nối được máy chủ {where}. Kiểm tra mạng và xem máy chủ có đang chạy không.",
        f"Cannot reach the server at {where}. Check the network, and that the server runs.",
    )
