"""Settings come from the environment (`LOA_…`) and are refused when unknown or wrong."""

import socket
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting has a default that a commune can start with."""

    model_config = SettingsConfigDict(env_prefix="LOA_", frozen=True)

    data: Path = Field(
        Path("/var/lib/loa"), description="The data directory: database, content, keys, the broker's store."
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL, e.g. `postgresql+asyncpg://loa@/loa`. Empty: SQLite in the data directory."
    )
    http_host: str = Field("127.0.0.1", description="Where the page and the API are served without TLS: loopback only.")
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
    max_upload_bytes: int = Field(500_000_000, ge=1, description="The largest file that an officer may upload.")
    session_hours: float = Field(12.0, gt=0, le=168, description="How long a log-in holds.")
    enrolment_code_hours: float = Field(24.0, gt=0, le=168, description="How long an enrolment code can be used.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="What the log holds.")

    @property
    def sqlalchemy_url(self) -> str:
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


def outward_address() -> str:
    """This machine's address on the way to others, without sending a packet; loopback where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # A documentation address (RFC 5737): only the route is looked up.
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
