"""A small world for the server's tests: a real application on a real database, without a broker and without sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from runtime.clock import ManualClock
from server.app import create_app
from server.first_run import Secrets, initialise, shown
from server.run import wire
from server.settings import Settings
from server.wiring import Wiring
from tests.server import databases

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
"""Ten in the morning in Vietnam."""


@dataclass(frozen=True, slots=True)
class World:
    parts: Wiring
    clock: ManualClock
    client: httpx2.AsyncClient
    secrets: Secrets

    async def post(self, path: str, status: int = 201, /, **body: Any) -> dict[str, Any]:
        answer = await self.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def get(self, path: str, status: int = 200) -> dict[str, Any]:
        answer = await self.client.get(f"/api/v1{path}")
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def station(self, name: str = "Tà Hừa") -> str:
        area = await self.post("/areas", name=name, level="commune")
        return str((await self.post("/stations", area=area["id"], name=f"Đài {name}"))["id"])

    async def cluster(self, station: str, name: str = "cụm 01", plan: tuple[str, ...] = ("vi",)) -> str:
        return str((await self.post("/clusters", station=station, name=name, language_plan=list(plan)))["id"])


@asynccontextmanager
async def world(folder: Path, *, database_url: str = "", **settings: Any) -> AsyncIterator[World]:
    clock = ManualClock(NOW)
    url = database_url or await databases.fresh()
    chosen = Settings(data=folder / "data", database_url=url, addresses=["127.0.0.1:8443:8883"], **settings)
    secrets = await initialise(chosen, clock)
    shown(chosen)
    parts = wire(chosen, clock)
    transport = httpx2.ASGITransport(app=create_app(parts), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        login = {"name": "admin", "password": secrets.admin_password}
        token = (await client.post("/api/v1/login", json=login)).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield World(parts, clock, client, secrets)
    await parts.engine.dispose()
