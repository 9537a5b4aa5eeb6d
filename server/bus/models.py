"""What is, or is to be, retained at the broker."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.db.base import Base


class PublishedState(Base):
    """The outbox: one row a topic, written in the transaction that changed it, published after the commit."""

    __tablename__ = "published_state"

    topic: Mapped[str] = mapped_column(String(120), primary_key=True)
    epoch: Mapped[int]
    sequence: Mapped[int]
    body: Mapped[dict[str, Any]]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    issued: Mapped[datetime]
    expires: Mapped[datetime]
    delivered: Mapped[bool] = mapped_column(default=False, index=True)
