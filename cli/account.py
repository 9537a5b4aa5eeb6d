"""Where the server is and who we are there: the saved login, or LOA_URL and LOA_TOKEN."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from cli.certificates import authority_in
from cli.errors import Failure, Misuse
from runtime.files import write_whole


class Account(BaseModel):
    """What is kept after `loa login`, readable by its owner alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    url: str
    token: str
    name: str = ""
    certificate_pem: str | None = None
    """What the server's certificate must chain to, or be; None: what the system believes."""


def saved_at(environ: Mapping[str, str] = os.environ) -> Path:
    base = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".config")
    return Path(base) / "loa" / "login.json"


def checked_url(url: str) -> str:
    """`url` without its trailing slash. Raises Misuse for what is no server's address, and for plain HTTP to afar."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.query or parts.fragment:
        raise Misuse(
            f"“{url}” không phải địa chỉ máy chủ; ví dụ https://192.0.2.10:8443.",
            f"“{url}” is no server's address; an example is https://192.0.2.10:8443.",
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise Misuse(
            "Mật khẩu không được đi qua mạng mà không mã hóa: hãy dùng https://…",
            "A password must not cross a network unencrypted: use https://…",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load(environ: Mapping[str, str] = os.environ) -> Account:
    """The account that commands act for. Raises Failure where nobody is logged in.

    A saved token goes to the server that gave it and to no other, whatever LOA_URL says.
    """
    saved = _saved(saved_at(environ))
    url = checked_url(environ["LOA_URL"]) if environ.get("LOA_URL") else saved.url if saved else None
    same = saved is not None and url == saved.url
    token = environ.get("LOA_TOKEN") or (saved.token if saved and same else None)
    if url is None or token is None:
        raise Failure("Chưa đăng nhập: hãy chạy “loa login ĐỊA-CHỈ”.", "Not logged in: run “loa login URL”.")
    pem = saved.certificate_pem if saved and same else None
    if environ.get("LOA_CA"):
        pem = authority_in(Path(environ["LOA_CA"]))
    return Account(url=url, token=token, certificate_pem=pem)


def _saved(file: Path) -> Account | None:
    try:
        return Account.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise Failure(
            f"Không đọc được {file}: hãy đăng nhập lại bằng “loa login”.",
            f"{file} cannot be read: log in again with “loa login”.",
        ) from error


def save(account: Account, environ: Mapping[str, str] = os.environ) -> Path:
    """Raises Failure where the disk refuses."""
    file = saved_at(environ)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(file, account.model_dump_json(indent=2).encode(), mode=0o600)
    except OSError as error:
        raise Failure(f"Không ghi được {file}.", f"{file} cannot be written: {error.strerror}.") from error
    return file


def forget(environ: Mapping[str, str] = os.environ) -> None:
    saved_at(environ).unlink(missing_ok=True)
