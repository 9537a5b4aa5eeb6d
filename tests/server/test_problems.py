"""Every refusal has one shape (RFC 9457), and a bug reveals nothing (REQ-57)."""

import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter

from server.app import create_app
from tests.server.world import World

SHAPE = {"type", "title", "status", "slug", "detail", "detail_en", "errors"}


@pytest.mark.req("REQ-57")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/clusters/c-00000000", 404),
        ("GET", "/nothing-here", 404),
        ("DELETE", "/api/v1/login", 405),
        ("POST", "/api/v1/areas", 422),
        ("GET", "/api/assets/..%2F..%2Fetc%2Fpasswd", 404),
        ("GET", "/static/../../settings.py", 404),
    ],
)
async def test_every_refusal_is_a_problem_in_two_languages(loa: World, method: str, path: str, status: int) -> None:
    answer = await loa.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == SHAPE
    assert problem["type"] == f"/problems/{problem['slug']}"
    assert problem["status"] == status
    assert problem["detail"] != problem["detail_en"]


@pytest.mark.req("REQ-57")
async def test_a_bug_becomes_a_500_that_reveals_nothing(loa: World) -> None:
    app: Any = loa.client._transport.app  # type: ignore[attr-defined]  # The application under test.
    router = APIRouter()

    @router.get("/bug")
    async def bug() -> None:
        raise RuntimeError("secret detail")

    app.include_router(router)
    answer = await loa.client.get("/bug")
    assert (answer.status_code, answer.json()["slug"]) == (500, "internal")
    assert "secret detail" not in answer.text


@pytest.mark.sqlite
async def test_a_locked_database_is_a_clear_answer_and_changes_nothing(loa: World) -> None:
    other = sqlite3.connect(loa.parts.settings.data / "loa.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        problem = await loa.post("/areas", 503, name="Tà Hừa", level="commune")
        assert problem["slug"] == "database-busy"
        assert (await loa.get("/areas"))["items"] == []
    finally:
        other.close()
    await loa.post("/areas", name="Tà Hừa", level="commune")


@pytest.mark.sqlite
async def test_a_full_disk_is_a_clear_answer_and_changes_nothing(loa: World) -> None:
    async with loa.parts.work() as session:
        connection = await session.connection()
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar()
        await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    name, made = "x" * 120, 0
    while True:
        answer = await loa.client.post("/api/v1/areas", json={"name": name, "level": "commune", "aliases": [name] * 20})
        if answer.status_code != 201:
            break
        made += 1
    assert (answer.status_code, answer.json()["slug"]) == (507, "disk-full")
    assert len((await loa.get("/areas"))["items"]) == made


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/areas", {"Content-Type": "application/json"}, b'{"name": '),
        ("/areas", {"Content-Type": "application/json"}, b"\xff\xfe"),
        ("/items/ITEM/versions", {"Content-Type": "multipart/form-data; boundary=x"}, b"--y\r\nnonsense"),
    ],
)
async def test_what_cannot_be_read_is_not_called_a_missing_page(
    loa: World, path: str, headers: dict[str, str], body: bytes
) -> None:
    item = str((await loa.post("/items", title="Tin"))["id"])
    answer = await loa.client.post(f"/api/v1{path.replace('ITEM', item)}", content=body, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["slug"]) == (400, "unreadable")
    assert problem["detail"] == "Dữ liệu gửi lên không đọc được."
    assert problem["detail_en"] == "The request could not be read."


async def test_a_large_request_that_is_no_upload_is_not_called_a_file(loa: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100_000

    json = {"Content-Type": "application/json"}
    for content in (b" " * 3_000_000, chunks()):
        answer = await loa.client.post("/api/v1/areas", content=content, headers=json)
        assert (answer.status_code, answer.json()["slug"]) == (413, "request-too-large")
        assert "MP3" not in answer.text


async def test_the_openapi_description_says_what_every_endpoint_is_for(loa: World) -> None:
    api = create_app(loa.parts).openapi()
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            assert operation.get("summary"), f"{method} {path}"
            assert "4XX" in operation["responses"]
    assert "receivers" in {tag["name"] for tag in api["tags"]}
