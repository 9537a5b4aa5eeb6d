"""A database server that is away for a while is said to be away, and is used again when it is back."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.postgres.engine import Engine
from tests.server.world import world

pytestmark = pytest.mark.slow


async def test_an_unreachable_database_is_a_clear_answer_until_it_is_back(postgres: Engine, tmp_path: Path) -> None:
    name = f"outage_{uuid4().hex}"
    await postgres.create(name)
    async with world(tmp_path, database_url=postgres.url(name)) as loa:
        station = await loa.station()
        postgres.stop()
        try:
            for _ in range(2):
                refused = await loa.client.get("/api/v1/stations")
                assert (refused.status_code, refused.json()["slug"]) == (503, "database-unreachable")
            health = await loa.client.get("/healthz")
            assert (health.status_code, health.json()["database"]) == (503, False)
        finally:
            postgres.start()
        assert [one["id"] for one in (await loa.get("/stations"))["items"]] == [station]
