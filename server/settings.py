"""Settings come from the environment (`LOA_…`) and are refused when unknown or wrong."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

PREFIX = "LOA_"
OF_OTHERS = {"LOA_URL", "LOA_TOKEN", "LOA_CA", "LOA_PASSWORD", "LOA_RECOVERY_PASSPHRASE", "LOA_TEST_DATABASE"}
"""Of the terminal `loa`, of `loa-server restore` and of the tests: no settings, but no mistakes either."""
ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5}):(\d{1,5})")


def unknown_names(environment: Iterable[str]) -> list[str]:
    """Those that look like settings of ours and are none; a mistyped name would be no setting at all."""
    known = OF_OTHERS | {PREFIX + name.upper() for name in Settings.model_fields}
    return sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)


class Settings(BaseSettings):
    """Every setting has a default that a commune can start with."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    data: Path = Field(
        Path("/var/lib/loa"), description="The data directory: database, content, keys, the broker's store."
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL, e.g. `postgresql+asyncpg://loa@/loa`. Empty: SQLite in the data directory."
    )
    database_password_file: Path | None = Field(
        None, description="File with the password of the URL's user, so that no environment holds it."
    )
    http_exposed: bool = Field(
        False,
        description="Allow LOA_HTTP_HOST to be no loopback address, where something else keeps strangers away (a"
        " container whose port is published on loopback only).",
    )
    http_host: str = Field(
        "127.0.0.1", description="Where the page and the API are served without TLS: loopback, or LOA_HTTP_EXPOSED too."
    )
    http_port: int = Field(8000, ge=1, le=65535, description="Port of the plain listener.")
    https_host: str = Field("0.0.0.0", description="Where receivers and technicians connect with TLS.")  # noqa: S104 -- Receivers come from outside.
    https_port: int = Field(8443, ge=1, le=65535, description="Port of the TLS listener.")
    mqtt_host: str = Field("0.0.0.0", description="Where the broker listens with TLS.")  # noqa: S104 -- As above.
    mqtt_port: int = Field(8883, ge=1, le=65535, description="Port of the broker's TLS listener.")
    broker_url: str = Field(
        "",
        pattern=r"^([^\s:]+:\d{1,5})?$",
        description="`host:port` of the MQTT listener of a `nats-server` that somebody else runs, configured by"
        " `loa-server broker-config`. Empty: keep one as a child.",
    )
    broker_control_port: int = Field(4222, ge=1, le=65535, description="Its control port, at the same host.")
    broker_folder: Path = Field(
        Path("/var/lib/loa-broker"), description="The folder of that broker: configuration, certificate and store."
    )
    addresses: list[str] = Field(
        default_factory=list,
        description="Where receivers find this server, now or after a move: `host:https-port:mqtt-port`, at least two"
        " where possible. Empty: this machine's address.",
    )
    trusted_proxies: list[str] = Field(
        default_factory=list,
        description="Addresses or networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."
        " Empty: nobody's.",
    )
    max_upload_bytes: int = Field(500_000_000, ge=1, description="The largest file that an officer may upload.")
    session_hours: float = Field(12.0, gt=0, le=168, description="How long a log-in holds.")
    enrolment_code_hours: float = Field(24.0, gt=0, le=168, description="How long an enrolment code can be used.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="What the log holds.")

    @field_validator("http_host")
    @classmethod
    def _loopback(cls, host: str, others: ValidationInfo) -> str:
        if not is_loopback(host) and not others.data.get("http_exposed"):
            vi = f"“{host}” không phải địa chỉ loopback, mà ở đó không có TLS; hãy dùng 127.0.0.1 hoặc đặt thêm"
            en = f"{host} is no loopback address and there is no TLS; use 127.0.0.1 or set"
            raise ValueError(f"{vi} LOA_HTTP_EXPOSED=true. {en} LOA_HTTP_EXPOSED=true too.")
        return host

    @field_validator("addresses")
    @classmethod
    def _addresses(cls, addresses: list[str]) -> list[str]:
        for one in addresses:
            found = ADDRESS.fullmatch(one)
            if not found or not all(1 <= int(port) <= 65535 for port in found.groups()[1:]):
                vi, en = f"“{one}” phải có dạng", f"{one!r} must look like"
                raise ValueError(f"{vi} host:cổng-https:cổng-mqtt. {en} host:https-port:mqtt-port.")
        return addresses

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, proxies: list[str]) -> list[str]:
        for one in proxies:
            try:
                ipaddress.ip_network(one)
            except ValueError as error:
                vi, en = f"“{one}” không phải địa chỉ hay mạng.", f"{one!r} is no address or network."
                raise ValueError(f"{vi} {en}") from error
        return proxies

    @property
    def sqlalchemy_url(self) -> str:
        """With the password, if there is one. Raises OSError where its file cannot be read."""
        if self.database_url and self.database_password_file:
            password = self.database_password_file.read_text().strip()
            return make_url(self.database_url).set(password=password).render_as_string(hide_password=False)
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'loa.sqlite3'}"

    @property
    def advertised(self) -> tuple[str, ...]:
        return tuple(self.addresses) or (f"{outward_address()}:{self.https_port}:{self.mqtt_port}",)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every name or address that our certificate must hold for."""
        named = [address.rsplit(":", 2)[0] for address in self.advertised]
        if self.broker_url:
            named.append(self.broker_url.rpartition(":")[0])
        return tuple(dict.fromkeys([*named, "localhost", "127.0.0.1", socket.gethostname()]))


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def outward_address() -> str:
    """This machine's address on the way to others, without sending a packet; loopback where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # A documentation address (RFC 5737): only the route is looked up.
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
