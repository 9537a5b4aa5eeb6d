"""The first page, without a browser; tests/console/ looks at it with one."""

import json
import re

from tests.server.world import World


async def test_the_page_asks_for_a_login_and_lets_in(loa: World) -> None:
    await loa.cluster(await loa.station(), "Tà Hừa, cụm 01", ("hmn",))
    del loa.client.headers["Authorization"]
    answer = await loa.client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    wrong = await loa.client.post("/login", data={"name": "admin", "password": "wrong"})
    assert wrong.status_code == 401
    assert "Tên hoặc mật khẩu không đúng." in wrong.text
    right = await loa.client.post("/login", data={"name": "admin", "password": loa.secrets.admin_password or ""})
    assert (right.status_code, right.headers["location"]) == (303, "/")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    page = (await loa.client.get("/")).text
    found = re.search(r'<script type="application/json" id="clusters">(.*?)</script>', page, re.DOTALL)
    assert found
    assert [cluster["name"] for cluster in json.loads(found[1])] == ["Tà Hừa, cụm 01"]


async def test_a_hostile_name_does_not_become_markup(loa: World) -> None:
    await loa.cluster(await loa.station(), "</script><script>alert(1)</script>")
    page = await loa.client.get("/", headers={"Cookie": await cookie(loa)})
    assert "<script>alert(1)" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'self'")


async def test_a_cookie_alone_changes_nothing(loa: World) -> None:
    """No other site can make a logged-in browser act: what changes something wants the bearer token."""
    del loa.client.headers["Authorization"]
    headers = {"Cookie": await cookie(loa)}
    assert (await loa.client.get("/api/v1/areas", headers=headers)).status_code == 200
    body = {"name": "x", "level": "commune"}
    assert (await loa.client.post("/api/v1/areas", json=body, headers=headers)).status_code == 401


async def cookie(loa: World) -> str:
    answer = await loa.client.post("/login", data={"name": "admin", "password": loa.secrets.admin_password or ""})
    return answer.headers["set-cookie"].split(";")[0]
