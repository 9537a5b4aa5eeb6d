"""Logging in: nobody gets in without a password that was made for this server (REQ-48, REQ-55)."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from runtime.clock import ManualClock
from server.errors import Invalid, NotFound
from server.first_run import Secrets, initialise, keys_of, new_password_for, shown
from server.settings import Settings
from tests.server.world import NOW, World, world


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


async def test_secrets_that_were_never_shown_are_made_anew(tmp_path: Path) -> None:
    """A first run that died before it printed them must not leave a server that nobody can restore."""
    settings, clock = Settings(data=tmp_path / "data"), ManualClock(NOW)
    lost, again = await initialise(settings, clock), await initialise(settings, clock)
    assert again.admin_password not in (None, lost.admin_password)
    assert again.recovery_passphrase not in (None, lost.recovery_passphrase)
    keys = keys_of(settings)
    keys.open_root(keys.root_file.read_bytes(), again.recovery_passphrase or "")
    shown(settings)
    assert await initialise(settings, clock) == Secrets(None, None)


async def test_a_database_that_cannot_be_reached_at_the_first_run_costs_no_secret(tmp_path: Path) -> None:
    wrong = Settings(data=tmp_path / "data", database_url=f"sqlite+aiosqlite:///{tmp_path}/missing/x.sqlite3")
    with pytest.raises(Exception, match="unable to open"):
        await initialise(wrong, ManualClock(NOW))
    secrets = await initialise(Settings(data=tmp_path / "data"), ManualClock(NOW))
    assert secrets.admin_password
    assert secrets.recovery_passphrase


async def test_a_folder_of_somebody_else_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "passwd").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(Invalid) as refusal:
        await initialise(Settings(data=tmp_path), ManualClock(NOW))
    assert refusal.value.slug == "not-ours"
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert [file.name for file in tmp_path.iterdir()] == ["passwd"]


async def test_a_new_password_ends_the_logins_of_the_old_one(loa: World) -> None:
    password = await new_password_for(loa.parts.settings, "admin")
    await loa.get("/stations", 401)
    answer = await loa.client.post("/api/v1/login", json={"name": "admin", "password": password})
    assert answer.status_code == 200
    with pytest.raises(NotFound):
        await new_password_for(loa.parts.settings, "nobody")


async def test_many_wrong_passwords_at_once_gain_nothing(loa: World) -> None:
    body = {"name": "admin", "password": "wrong"}
    answers = await asyncio.gather(*(loa.client.post("/api/v1/login", json=body) for _ in range(30)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 25


async def test_one_address_that_tries_many_names_has_to_wait(loa: World) -> None:
    statuses = []
    for number in range(45):
        body = {"name": f"nobody-{number}", "password": "x"}
        statuses.append((await loa.client.post("/api/v1/login", json=body)).status_code)
    assert statuses[:39] == [401] * 39
    assert statuses[-1] == 429


async def test_a_name_of_a_megabyte_is_refused(loa: World) -> None:
    form = {"name": "x" * 1_000_000, "password": "x"}
    assert (await loa.client.post("/login", data=form)).status_code == 422


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
