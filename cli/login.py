"""`loa login` and `loa logout`."""

import os
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from cli import account, certificates, screen
from cli.account import Account
from cli.answers import Login
from cli.errors import Failure, Misuse
from cli.server import Server, connected, understood


def log_in(
    url: Annotated[str, typer.Argument(help="Địa chỉ máy chủ · the server, e.g. https://192.0.2.10:8443")],
    name: Annotated[str, typer.Option(help="Tên tài khoản · account.")] = "admin",
    ca: Annotated[
        Path | None, typer.Option(envvar="LOA_CA", help="Chứng thư của đài · the station's own authority (PEM).")
    ] = None,
    fingerprint: Annotated[
        str | None, typer.Option(help="sha256:… của chứng thư máy chủ · of the server's certificate.")
    ] = None,
) -> None:
    """Đăng nhập · Log in; the password is asked for, or taken from LOA_PASSWORD."""
    if ca and fingerprint:
        raise Misuse("Chỉ dùng một trong hai: --ca hoặc --fingerprint.", "Use either --ca or --fingerprint.")
    url = account.checked_url(url)
    pem = certificates.authority_in(ca) if ca else None
    if fingerprint:
        address = urlsplit(url)
        pem = certificates.with_fingerprint(address.hostname or "", address.port or 443, fingerprint)
    with Server(Account(url=url, token="", certificate_pem=pem)) as server:
        login = understood(Login, server.post("/login", {"name": name, "password": _password()}))
    file = account.save(Account(url=url, token=login.token, name=name, certificate_pem=pem))
    until = login.expires.astimezone().strftime("%H:%M %d/%m/%Y")
    screen.say(f"Đã đăng nhập {url} ({name}), đến {until}. / Logged in until then.", f"Lưu ở / kept in {file}")


def _password() -> str:
    """Never an argument: those can be read by everybody on the machine."""
    if given := os.environ.get("LOA_PASSWORD"):
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Mật khẩu / password", hide_input=True, err=True))


def log_out() -> None:
    """Đăng xuất · Log out here and on the server."""
    try:
        with connected() as server:
            server.post("/logout")
    except Failure as error:
        screen.complain(error.vi, error.en)
    account.forget()
    screen.say("Đã đăng xuất. / Logged out.")
