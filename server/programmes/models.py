"""Items and their versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.base import Base


class Item(Base):
    __tablename__ = "item"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(2000))
    original_language: Mapped[str] = mapped_column(String(35))
    created: Mapped[datetime]


class ItemVersion(Base):
    """An item in one language: the officer's file as it came, and the asset made of it."""

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "language"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    language: Mapped[str] = mapped_column(String(35))
    file_name: Mapped[str] = mapped_column(String(255))
    original_sha256: Mapped[str] = mapped_column(String(64))
    asset_sha256: Mapped[str] = mapped_column(String(64), index=True)
    asset_bytes: Mapped[int]
    asset_samples: Mapped[int]
    report: Mapped[dict[str, Any]]
    """What the pipeline measured before and after, and what it did."""
    created: Mapped[datetime]
