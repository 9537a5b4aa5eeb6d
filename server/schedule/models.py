"""Slots."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.db.base import Base


class Slot(Base):
    """One broadcast at a date and wall time of its station (khung giờ phát)."""

    __tablename__ = "slot"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("station.id"), index=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    starts_local: Mapped[str] = mapped_column(String(32))
    """ISO 8601 wall time without a zone; the zone is the station's."""
    fold: Mapped[int] = mapped_column(default=0)
    """Which of two equal wall times is meant when the clock was set back (PEP 495)."""
    clusters: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    """Identifiers of the clusters that play it; null: every cluster of the station."""
    priority: Mapped[str] = mapped_column(String(20))
    created: Mapped[datetime]
