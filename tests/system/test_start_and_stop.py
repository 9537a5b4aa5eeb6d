"""A server that starts where another is, and one that stops while many watch. Real processes."""

import socket
import ssl
import subprocess
import threading
import time
from contextlib import ExitStack

import httpx2
import pytest

from tests.system.station import PROGRAMS, Server, World, until

WATCHERS = 20


def watch(server: Server, heard: list[str], *, secure: bool) -> None:
    url = f"https://127.0.0.1:{server.ports.https}" if secure else f"http://127.0.0.1:{server.ports.http}"
    trusted = ssl.create_default_context(cafile=server.data / "tls" / "ca.pem") if secure else True
    headers = {"Authorization": server.client.headers["Authorization"]}
    with (
        httpx2.Client(base_url=url, verify=trusted, headers=headers, timeout=30) as client,
        client.stream("GET", "/api/v1/events") as answer,
    ):
        heard.extend(answer.iter_lines())  # One by one: others look at it meanwhile.
    heard.append("end")


def test_a_stop_while_pages_are_open_is_quick_and_quiet(loa: World) -> None:
    server = loa.server()
    server.start()
    server.post("/clusters", station=server.station(), name="Bản 1", language_plan=["vi"])
    heard = [list[str]() for _ in range(WATCHERS)]
    threads = [
        threading.Thread(target=watch, args=(server, one), kwargs={"secure": bool(number % 2)}, daemon=True)
        for number, one in enumerate(heard)
    ]
    for thread in threads:
        thread.start()
    until(lambda: all("event: clusters" in one for one in heard), what="twenty open streams")
    began = time.monotonic()
    assert server.program.signal() == 0
    assert time.monotonic() - began < 2.0
    for thread in threads:
        thread.join(5)
    assert all(one[-1] == "end" for one in heard), "each stream ended in order"
    log = server.program.log()
    assert "Traceback" not in log
    assert "Exception" not in log


def test_a_client_that_does_not_read_holds_no_stop_up(loa: World) -> None:
    server = loa.server()
    server.start()
    with socket.create_connection(("127.0.0.1", server.ports.http)) as half:
        half.sendall(b"POST /api/v1/login HTTP/1.1\r\nHost: loa\r\nContent-Length: 100\r\n\r\n{")
        until(lambda: server.client.get("/healthz").is_success)
        began = time.monotonic()
        assert server.program.signal() == 0
        assert time.monotonic() - began < 4.0
    assert "Traceback" not in server.program.log()


def refused(server: Server) -> str:
    """What `run` says on a machine where it cannot."""
    server.command("init", "--data", str(server.data))
    done = subprocess.run(
        [PROGRAMS / "loa-server", "run", "--data", str(server.data)],
        env={"PATH": "", **server.environment()},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Traceback" not in said
    assert "server started" not in said
    return done.stderr


@pytest.mark.parametrize("name", ["http", "https", "mqtt"])
def test_a_taken_port_is_named_with_its_setting(loa: World, name: str) -> None:
    server = loa.server()
    port = getattr(server.ports, name)
    with ExitStack() as life:
        other = life.enter_context(socket.socket())
        other.bind(("127.0.0.1", port))
        other.listen()
        said = refused(server)
    assert f"Cổng {port} đã có chương trình khác dùng" in said
    assert f"Port {port} is taken by another program: stop it or change LOA_{name.upper()}_PORT." in said


def test_two_servers_do_not_share_a_data_directory(loa: World) -> None:
    first = loa.server()
    first.start()
    second = loa.server("second")
    second.data = first.data
    said = refused(second)
    assert f"Another server uses the data directory {first.data}: stop it first." in said
    assert first.healthy()
    first.program.kill()
    first.start()
