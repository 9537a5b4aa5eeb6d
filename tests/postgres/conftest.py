from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.postgres import engine
from tests.postgres.engine import Engine


@pytest.fixture(scope="session")
def postgres() -> Iterator[Engine]:
    with engine.running() as one:
        yield one


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of one without tables, on each engine that the server runs on."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    running: Engine = request.getfixturevalue("postgres")
    name = f"empty_{uuid4().hex}"
    await running.create(name)
    yield running.url(name)
