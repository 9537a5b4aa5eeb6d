"""Clusters, their credentials and what is known of their state."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.db.base import Base


class Cluster(Base):
    """REQ-25: what is kept of a loudspeaker cluster."""

    __tablename__ = "cluster"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("station.id"), index=True)
    area_id: Mapped[str] = mapped_column(ForeignKey("area.id"), index=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(80))
    vendor: Mapped[str | None] = mapped_column(String(80))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    language_plan: Mapped[list[str]]
    volume: Mapped[int]
    output_latency_ms: Mapped[float] = mapped_column(default=0.0)
    alignment_delay_ms: Mapped[float] = mapped_column(default=0.0)


class EnrolmentCode(Base):
    """A one-time code; what is kept proves it, the code itself is shown once (REQ-26)."""

    __tablename__ = "enrolment_code"

    code_id: Mapped[str] = mapped_column(String(4), primary_key=True)
    cluster_id: Mapped[str] = mapped_column(ForeignKey("cluster.id"), index=True)
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the proofs (protocol.enrolment.key_of); erased when used."""
    created: Mapped[datetime]
    expires: Mapped[datetime]
    used: Mapped[datetime | None]


class Credential(Base):
    """A receiver's own credential, for the broker and for HTTP; revocable (REQ-56)."""

    __tablename__ = "credential"

    cluster_id: Mapped[str] = mapped_column(ForeignKey("cluster.id"), primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]


class ClusterState(Base):
    """The newest of what a receiver said of itself."""

    __tablename__ = "cluster_state"

    cluster_id: Mapped[str] = mapped_column(ForeignKey("cluster.id"), primary_key=True)
    session: Mapped[int] = mapped_column(default=0)
    connection: Mapped[str] = mapped_column(String(20))
    last_heard: Mapped[datetime]
    software_version: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[dict[str, Any] | None]
