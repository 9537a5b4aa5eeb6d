"""Where the demonstration's server listens: on its usual ports, or on free ones where those are taken."""

import os
import socket
from dataclasses import dataclass

DEFAULTS = {"LOA_HTTP_PORT": 8000, "LOA_HTTPS_PORT": 8443, "LOA_MQTT_PORT": 8883}


@dataclass(frozen=True, slots=True)
class Ports:
    http: int
    https: int
    mqtt: int
    moved: tuple[tuple[int, int], ...] = ()
    """Taken ports, and what was chosen instead."""

    def settings(self) -> dict[str, str]:
        return dict(zip(DEFAULTS, map(str, (self.http, self.https, self.mqtt)), strict=True))


def choose() -> Ports:
    """LOA_HTTP_PORT and so on, or the usual ports; a free one for each that is taken."""
    wanted = [int(os.environ.get(name, default)) for name, default in DEFAULTS.items()]
    http, https, mqtt = chosen = [port if is_free(port) else free_port() for port in wanted]
    moved = tuple((was, now) for was, now in zip(wanted, chosen, strict=True) if was != now)
    return Ports(http, https, mqtt, moved=moved)


def any_free() -> Ports:
    return Ports(free_port(), free_port(), free_port())


def is_free(port: int) -> bool:
    """Whether nobody listens there on any address, so that nobody else answers in our place."""
    for host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 -- Bound for an instant, to see.
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
