"""What must be the same on SQLite and on PostgreSQL: tables, migrations both ways, and what a column keeps."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from protocol.messages import ConnectionState, Event, JournalUpload, Presence
from protocol.units import MAX_COUNT
from server.accounts.models import Account
from server.clusters.listening import take_presence
from server.db.engine import create_engine, reading, unit_of_work
from server.db.migrate import configuration, upgrade
from server.db.tables import Base
from server.errors import Invalid
from server.journal import store
from tests.server.world import NOW, World, world

VIETNAM = timezone(timedelta(hours=7))


def a_world(url: str, folder: Path) -> AbstractAsyncContextManager[World]:
    return world(folder, database_url="" if url.startswith("sqlite") else url)


async def downgrade(engine: AsyncEngine) -> None:
    def run(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    async with engine.begin() as connection:
        await connection.run_sync(run)


async def tables(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda one: inspect(one).get_table_names()))


async def test_migrations_lead_up_down_and_up_again(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await upgrade(engine)
    assert await tables(engine) == {*Base.metadata.tables, "alembic_version"}
    await downgrade(engine)
    assert await tables(engine) == {"alembic_version"}
    await upgrade(engine)
    assert await tables(engine) == {*Base.metadata.tables, "alembic_version"}
    await engine.dispose()


async def test_the_migrated_tables_are_those_of_the_models(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await upgrade(engine)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_an_instant_comes_back_as_the_same_instant_in_utc(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await upgrade(engine)
    made = datetime(2026, 11, 21, 6, 30, 0, 123456, tzinfo=VIETNAM)
    async with unit_of_work(engine)() as session:
        session.add(Account(id="p-1", name="an", password_hash="x", created=made))
    async with reading(engine)() as session:
        account = await session.get(Account, "p-1")
        assert account is not None
        assert account.created == made
        assert account.created.tzinfo == UTC
    await engine.dispose()


async def test_a_text_with_the_character_nul_is_refused_wherever_it_comes_in(
    empty_database: str, tmp_path: Path
) -> None:
    async with a_world(empty_database, tmp_path) as loa:
        refused = await loa.client.post("/api/v1/areas", json={"name": "Tà\0Hừa", "level": "commune"})
        assert (refused.status_code, refused.json()["slug"]) == (422, "text-with-nul")
        asked = await loa.client.get("/api/v1/clusters/c-%00")
        assert asked.status_code in {404, 422}
        assert (await loa.get("/areas"))["items"] == []


async def test_lists_and_letters_of_every_language_come_back_as_they_were(empty_database: str, tmp_path: Path) -> None:
    async with a_world(empty_database, tmp_path) as loa:
        station = await loa.station("Mồ Sì San · ꪼꪕ · 🔊")
        cluster = await loa.cluster(station, plan=("hmn", "blt", "vi"))
        (found,) = [one for one in (await loa.get("/clusters"))["items"] if one["id"] == cluster]
        assert found["language_plan"] == ["hmn", "blt", "vi"]
        assert any("🔊" in str(one) for one in (await loa.get("/stations"))["items"])


async def test_the_largest_numbers_of_the_protocol_find_room(empty_database: str, tmp_path: Path) -> None:
    async with a_world(empty_database, tmp_path) as loa:
        cluster = await loa.cluster(await loa.station())
        birth = Presence(session=MAX_COUNT, state=ConnectionState.ONLINE, software_version="1")
        await take_presence(loa.parts, cluster, birth.model_dump_json().encode())
        assert (await loa.get(f"/clusters/{cluster}"))["connection"] == "online"


async def test_what_a_receiver_says_cannot_end_the_server(empty_database: str, tmp_path: Path) -> None:
    async with a_world(empty_database, tmp_path) as loa:
        cluster = await loa.cluster(await loa.station())
        with pytest.raises(Invalid):
            await take_presence(
                loa.parts, cluster, b'{"session": 1, "state": "online", "software_version": "1\\u0000"}'
            )
        event = Event(id="0" * 32, at=NOW, kind="fault", detail="before\0after")
        async with loa.parts.work() as session:
            await store.take(session, cluster, JournalUpload(events=(event,)), now=NOW)
        assert (await loa.get("/receiver-events"))["items"][0]["detail"] == "before\N{REPLACEMENT CHARACTER}after"
