"""Logging in: nobody gets in without a password that was made for this server (REQ-48, REQ-55)."""

from datetime import timedelta
from pathlib import Path

import pytest

from server.first_run import initialise
from tests.server.world import World, world


@pytest.mark.req("REQ-55")
async def test_the_first_password_is_made_anew_for_every_server_and_shown_once(tmp_path: Path) -> None:
    async with world(tmp_path / "one") as one, world(tmp_path / "other") as other:
        assert one.secrets.admin_password != other.secrets.admin_password
        assert one.secrets.recovery_passphrase != other.secrets.recovery_passphrase
        again = await initialise(one.parts.settings, one.clock)
        assert (again.admin_password, again.recovery_passphrase) == (None, None)


@pytest.mark.req("REQ-56")
async def test_no_file_of_the_data_directory_holds_the_password_or_the_passphrase(loa: World) -> None:
    assert loa.secrets.admin_password
    assert loa.secrets.recovery_passphrase
    for file in loa.parts.settings.data.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert loa.secrets.admin_password.encode() not in content
            assert loa.secrets.recovery_passphrase.encode() not in content


@pytest.mark.req("REQ-56")
async def test_keys_can_be_read_by_their_owner_only(loa: World) -> None:
    secret = [f for f in loa.parts.settings.data.rglob("*") if "key" in f.name or f.name == "signing.json"]
    assert {f.name for f in secret if f.is_file()} >= {"ca-key.pem", "server-key.pem", "root-key.pem", "signing.json"}
    assert [f for f in secret if f.stat().st_mode & 0o077] == []
    assert loa.parts.settings.data.stat().st_mode & 0o077 == 0


@pytest.mark.req("REQ-48")
async def test_without_a_login_every_endpoint_for_people_refuses(loa: World) -> None:
    del loa.client.headers["Authorization"]
    for path in ("/areas", "/stations", "/clusters", "/items", "/slots", "/journal", "/receiver-events", "/events"):
        problem = await loa.get(path, 401)
        assert problem["slug"] == "not-logged-in"
        assert problem["detail"] == "Hãy đăng nhập để tiếp tục."


async def test_a_login_ends_after_its_hours(loa: World) -> None:
    await loa.get("/stations")
    await loa.clock.advance(timedelta(hours=13).total_seconds())
    await loa.get("/stations", 401)


async def test_who_logged_out_is_out(loa: World) -> None:
    assert (await loa.client.post("/api/v1/logout")).status_code == 204
    await loa.get("/stations", 401)


async def test_wrong_passwords_slow_down_and_the_right_one_still_works_later(loa: World) -> None:
    wrong = {"name": "admin", "password": "wrong"}
    for _ in range(5):
        answer = await loa.client.post("/api/v1/login", json=wrong)
        assert (answer.status_code, answer.json()["slug"]) == (401, "wrong-password")
    right = {"name": "admin", "password": loa.secrets.admin_password}
    blocked = await loa.client.post("/api/v1/login", json=right)
    assert (blocked.status_code, blocked.json()["slug"]) == (429, "too-many-attempts")
    await loa.clock.advance(float(blocked.headers["retry-after"]))
    assert (await loa.client.post("/api/v1/login", json=right)).status_code == 200
