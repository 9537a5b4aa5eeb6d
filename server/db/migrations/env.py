"""Alembic's entry: works on the connection that it is given."""

from typing import Any, Literal

from alembic import context

from server.db.base import UtcDateTime
from server.db.tables import Base

connection = context.config.attributes["connection"]


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:  # noqa: ANN401 -- Alembic's own signature.
    """Migrations outlive our types: they name only SQLAlchemy's."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
