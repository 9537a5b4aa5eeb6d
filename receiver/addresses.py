"""Where the server may be: a list, tried in turn. Pure."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    https_port: int
    mqtt_port: int

    @classmethod
    def parse(cls, written: str) -> Self:
        """`host:https-port:mqtt-port`, an IPv6 host in brackets; raises ValueError."""
        host, https_port, mqtt_port = written.rsplit(":", 2)
        if not host:
            raise ValueError(f"{written!r} names no host")
        return cls(host.strip("[]"), int(https_port), int(mqtt_port))


class Rotation:
    """The address in use, and the next one when it fails.

    Those of the enrolment stay last in the list whatever the server says later: a wrong list strands nobody.
    """

    def __init__(self, enrolled: tuple[str, ...]) -> None:
        self._enrolled = enrolled
        self._all = _parsed(enrolled)
        self._at = 0

    def use(self, written: tuple[str, ...]) -> None:
        current = self.current
        self._all = _parsed((*written, *self._enrolled)) or self._all
        self._at = self._all.index(current) if current in self._all else 0

    @property
    def current(self) -> Address:
        return self._all[self._at]

    def failed(self, address: Address) -> None:
        """Go on to the next, unless someone else did already."""
        if address == self.current:
            self._at = (self._at + 1) % len(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _parsed(written: tuple[str, ...]) -> tuple[Address, ...]:
    found: dict[Address, None] = {}
    for each in written:
        try:
            found[Address.parse(each)] = None
        except ValueError:
            continue  # One bad entry must not hide the good ones.
    return tuple(found)
