"""Which database a world of the tests has: SQLite of its own, or one in the server that LOA_TEST_DATABASE names."""

import os
from uuid import uuid4

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

VARIABLE = "LOA_TEST_DATABASE"


async def fresh() -> str:
    """The URL of a new, empty database; empty for the data directory's own."""
    server = os.environ.get(VARIABLE, "")
    if not server:
        return ""
    name = f"loa_{uuid4().hex}"
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f'CREATE DATABASE "{name}"'))
    finally:
        await engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)
