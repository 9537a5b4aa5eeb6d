"""Logging in: where the token is kept, whom it is shown to, whose certificate is believed."""

import hashlib
import json
import ssl
import stat

import pytest

from cli.account import checked_url
from cli.errors import Misuse
from deploy.demo.ports import free_port
from deploy.demo.station_server import StationServer
from tests.cli.conftest import Terminal


def fingerprint(server: StationServer) -> str:
    pem = (server.data / "tls" / "server.pem").read_text()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def secure(server: StationServer) -> str:
    return f"https://127.0.0.1:{server.ports.https}"


def test_the_token_is_kept_for_its_owner_alone_and_the_password_nowhere(
    outside: Terminal, station_service: StationServer
) -> None:
    ended = outside.loa("login", station_service.url, LOA_PASSWORD=station_service.password)
    assert ended.status == 0
    assert stat.S_IMODE(outside.login_file.stat().st_mode) == 0o600
    kept = outside.login_file.read_text()
    assert station_service.password not in kept + ended.out + ended.err
    assert json.loads(kept)["token"] not in ended.out + ended.err
    assert "Chưa có" in outside.says("journal") or outside.says("journal")


def test_the_password_may_come_by_a_pipe(outside: Terminal, station_service: StationServer) -> None:
    assert outside.loa("login", station_service.url, stdin=f"{station_service.password}\n").status == 0


@pytest.mark.req("REQ-48")
def test_a_wrong_password_is_refused_in_two_languages_and_nothing_is_kept(
    outside: Terminal, station_service: StationServer
) -> None:
    ended = outside.loa("login", station_service.url, LOA_PASSWORD="wrong")
    assert (ended.status, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 2
    assert "mật khẩu không đúng" in ended.err
    assert not outside.login_file.exists()


@pytest.mark.req("REQ-48")
def test_without_a_login_every_command_says_so(outside: Terminal) -> None:
    for command in (["status"], ["clusters", "list"], ["items", "list"], ["schedule", "show"], ["journal"]):
        ended = outside.loa(*command)
        assert ended.status == 1
        assert "loa login" in ended.err


def test_the_stations_own_authority_is_believed_when_it_is_named(
    outside: Terminal, station_service: StationServer
) -> None:
    authority = str(station_service.data / "tls" / "ca.pem")
    password = station_service.password
    unknown = outside.loa("login", secure(station_service), LOA_PASSWORD=password)
    assert unknown.status == 1
    assert "--fingerprint" in unknown.err
    assert outside.loa("login", secure(station_service), "--ca", authority, LOA_PASSWORD=password).status == 0
    assert outside.loa("clusters", "list").status == 0


def test_a_certificate_is_believed_by_its_fingerprint_and_no_password_goes_to_another(
    outside: Terminal, station_service: StationServer
) -> None:
    right = fingerprint(station_service)
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    refused = outside.loa("login", secure(station_service), "--fingerprint", f"sha256:{wrong}", LOA_PASSWORD="x")
    assert refused.status == 1
    assert "no password was sent" in refused.err
    colons = ":".join(right[i : i + 2] for i in range(0, 64, 2)).upper()
    for shown in (f"sha256:{right}", f"SHA256:{colons}"):
        ended = outside.loa(
            "login", secure(station_service), "--fingerprint", shown, LOA_PASSWORD=station_service.password
        )
        assert ended.status == 0, ended.err
    assert outside.loa("clusters", "list").status == 0


def test_a_pinned_certificate_is_pinned_for_the_commands_that_follow(
    outside: Terminal, station_service: StationServer
) -> None:
    password = station_service.password
    shown = f"sha256:{fingerprint(station_service)}"
    outside.loa("login", secure(station_service), "--fingerprint", shown, LOA_PASSWORD=password)
    kept = json.loads(outside.login_file.read_text())
    other = (station_service.data / "tls" / "ca.pem").read_text()
    kept["certificate_pem"] = ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(other))
    kept["url"] = f"https://localhost:{station_service.ports.https}"
    outside.login_file.write_text(json.dumps(kept))
    assert outside.loa("clusters", "list").status == 0, "the authority vouches for the name localhost"
    kept["certificate_pem"] = SOMEBODY_ELSE
    outside.login_file.write_text(json.dumps(kept))
    ended = outside.loa("clusters", "list")
    assert ended.status == 1
    assert "is not the trusted one" in ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fingerprint", "sha256:12"], "64 hexadecimal digits"),
        (["--ca", "nowhere.pem"], "no readable certificate"),
        (["--ca", "a.pem", "--fingerprint", "b"], "either --ca or --fingerprint"),
    ],
)
def test_what_cannot_be_meant_is_misuse(outside: Terminal, arguments: list[str], says: str) -> None:
    ended = outside.loa("login", "https://127.0.0.1", *arguments, LOA_PASSWORD="x")
    assert ended.status == 2
    assert says in ended.err


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "https://", "https://u:p@host", "https://host:port", "https://h?q"])
def test_what_is_no_servers_address_is_misuse(url: str) -> None:
    with pytest.raises(Misuse, match=r"is no server's address"):
        checked_url(url)


@pytest.mark.parametrize("url", ["http://192.0.2.10", "http://loa.example.org:8000", "http://127.0.0.1.example.org"])
def test_a_password_never_crosses_a_network_in_the_clear(outside: Terminal, url: str) -> None:
    ended = outside.loa("login", url, LOA_PASSWORD="x")
    assert ended.status == 2
    assert "use https" in ended.err


def test_an_address_without_a_scheme_is_https() -> None:
    assert checked_url("192.0.2.10:8443") == "https://192.0.2.10:8443"
    assert checked_url("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"
    assert checked_url("http://[::1]:8000") == "http://[::1]:8000"


def test_a_server_that_is_not_there_is_one_sentence(outside: Terminal) -> None:
    ended = outside.loa("login", f"http://127.0.0.1:{free_port()}", LOA_PASSWORD="x")
    assert ended.status == 1
    assert "Không kết nối được" in ended.err
    assert "Cannot reach" in ended.err


def test_the_environment_overrides_what_is_kept(terminal: Terminal, station_service: StationServer) -> None:
    token = json.loads(terminal.login_file.read_text())["token"]
    assert terminal.loa("clusters", "list", LOA_TOKEN="wrong").status == 1
    terminal.login_file.unlink()
    assert terminal.loa("clusters", "list", LOA_URL=station_service.url, LOA_TOKEN=token).status == 0


def test_a_kept_token_goes_to_no_other_server(terminal: Terminal) -> None:
    ended = terminal.loa("clusters", "list", LOA_URL="http://127.0.0.1:9")
    assert ended.status == 1
    assert "Not logged in" in ended.err, "it did not even try"


def test_logging_out_ends_the_token_on_the_server_too(outside: Terminal, station_service: StationServer) -> None:
    outside.loa("login", station_service.url, LOA_PASSWORD=station_service.password)
    token = json.loads(outside.login_file.read_text())["token"]
    outside.says("logout")
    assert not outside.login_file.exists()
    ended = outside.loa("clusters", "list", LOA_URL=station_service.url, LOA_TOKEN=token)
    assert ended.status == 1
    assert "Log in" in ended.err


def test_a_login_file_that_is_damaged_is_one_sentence(terminal: Terminal) -> None:
    terminal.login_file.write_text("{")
    assert "log in again" in terminal.loa("status").err


SOMEBODY_ELSE = """-----BEGIN CERTIFICATE-----
MIIBhjCCAS2gAwIBAgIUcbwV2hE7ceMCSSCAakU3/erYmjgwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNc29tZWJvZHktZWxzZTAgFw0yNjExMjEwNDQxNDlaGA8yMTI2
MTAyODA0NDE0OVowGDEWMBQGA1UEAwwNc29tZWJvZHktZWxzZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABD6Ueht68988M3k+N546YO3Byvjs5xYnDLgCaeijM6xz
wK6UF2L+yN12xwZpAcvclC+uNYp14EjWOfZLWiVK9hWjUzBRMB0GA1UdDgQWBBRc
v17wwjybyeaxb+i+EbtAKMebKjAfBgNVHSMEGDAWgBRcv17wwjybyeaxb+i+EbtA
KMebKjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIHJ7NhwHlaz5
mrMcOiR5k+x2O4Nb3n092oLIZaOW2+cXAiBOWXyVzme75T59p47yjDTUAqb6z5SA
j/wyV1ajRpKc7Q==
-----END CERTIFICATE-----
"""
