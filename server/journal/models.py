"""As-run rows and receivers' events, as the receivers wrote them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.db.base import Base


class AsRunRow(Base):
    __tablename__ = "as_run"

    cluster_id: Mapped[str] = mapped_column(ForeignKey("cluster.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Given by the receiver, so that an upload repeated is stored once; nobody's id can stand in another's way."""
    occurrence: Mapped[str] = mapped_column(String(100), index=True)
    title: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(35))
    sha256: Mapped[str] = mapped_column(String(64))
    planned_start: Mapped[datetime] = mapped_column(index=True)
    planned_end: Mapped[datetime]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(String(20))
    volume: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))
    received: Mapped[datetime]


class ReceiverEvent(Base):
    __tablename__ = "receiver_event"

    cluster_id: Mapped[str] = mapped_column(ForeignKey("cluster.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str] = mapped_column(String(500))
    received: Mapped[datetime]
