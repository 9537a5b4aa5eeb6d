"""One engine for SQLite and PostgreSQL, and the unit of work."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from server.errors import Invalid, Unavailable, disk_full

UnitOfWork = Callable[[], AbstractAsyncContextManager[AsyncSession]]
BUSY_TIMEOUT_S = 5
READS_ONLY = "loa_reads_only"


def create_engine(url: str) -> AsyncEngine:
    if url.startswith("sqlite"):
        engine = _sqlite(url)
    else:
        engine = create_async_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def check(_connection: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: ANN401 -- SQLAlchemy's own call.
        _refuse_nul(parameters if many else [parameters])

    return engine


def _refuse_nul(rows: Sequence[Any]) -> None:
    """PostgreSQL holds no text with the character NUL and SQLite cuts it off: neither may meet one."""
    for row in rows:
        values = row.values() if isinstance(row, dict) else row
        if any(isinstance(value, str) and "\0" in value for value in values):
            raise Invalid(
                "text-with-nul",
                "Văn bản có ký tự không dùng được (NUL). Hãy gõ lại.",
                "The text holds a character that cannot be used (NUL). Type it again.",
            )


def _sqlite(url: str) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401 -- The driver's own connection.
        connection.isolation_level = None  # Our own BEGIN below, so that savepoints and DDL are transactional.
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A read that turns into a write cannot wait for its lock in SQLite; one that takes it at the start can.
        reads_only = connection.get_execution_options().get(READS_ONLY)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def reading(engine: AsyncEngine) -> UnitOfWork:
    """Units that only read: in SQLite they never wait for a writer."""
    return unit_of_work(engine.execution_options(**{READS_ONLY: True}))


def unit_of_work(engine: AsyncEngine) -> UnitOfWork:
    """Committed when its block ends well, rolled back otherwise.

    Raises Unavailable when the database stays locked or its disk is full.
    """
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def begin() -> AsyncIterator[AsyncSession]:
        try:
            async with sessions.begin() as session:
                yield session
        except (DBAPIError, ConnectionError, PoolTimeout) as error:
            raise unavailable(error) from error

    return begin


def unavailable(error: DBAPIError | ConnectionError | PoolTimeout) -> Exception:
    """What to tell of a database that cannot work now; other errors are bugs and stay what they are."""
    if isinstance(error, PoolTimeout):
        return busy()
    if isinstance(error, ConnectionError) or error.connection_invalidated:
        return Unavailable(
            "database-unreachable",
            "Không nối được với cơ sở dữ liệu; chưa có gì được lưu. Hãy thử lại sau ít giây.",
            "The database cannot be reached; nothing was saved. Try again in a few seconds.",
        )
    text = str(error.orig).lower()
    if "full" in text or "no space" in text:
        return disk_full()
    if "locked" in text or "busy" in text:
        return busy()
    return error


def busy() -> Unavailable:
    return Unavailable(
        "database-busy",
        "Cơ sở dữ liệu đang bận; chưa có gì được lưu. Hãy thử lại sau ít giây.",
        "The database is busy; nothing was saved. Try again in a few seconds.",
    )
