"""The first page in a real browser: logged in, it shows what sounds as it happens."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.server.sounds import recording
from tests.system.station import Server, Village, World, world
from tests.system.test_broadcast import fetched

pytestmark = pytest.mark.slow


@pytest.fixture
def loa(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: sudo apt-get install chromium"
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=quiet)
        yield opened
        opened.close()


def log_in(page: Page, server: Server) -> None:
    page.goto(f"http://127.0.0.1:{server.ports.http}/")
    page.get_by_label("Tên đăng nhập").fill("admin")
    page.get_by_label("Mật khẩu").fill(server.secrets["password"])
    page.get_by_role("button", name="Đăng nhập").click()


def test_a_village_is_seen_to_connect_play_and_fall_silent(loa: World, browser: Browser, tmp_path: Path) -> None:
    server = loa.server()
    server.start()
    station = server.station()
    village: Village = loa.village(server, station, "Bản 1", "hmn", "vi")
    item = server.item(vi=recording(tmp_path, seconds=8.0))
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        log_in(page, server)
        expect(page.locator("#link")).to_have_text("● Đang cập nhật trực tiếp")
        row = page.get_by_role("row", name=re.compile("Bản 1"))
        expect(row).to_contain_text("đã tắt")
        expect(row).to_contain_text("tiếng Mông, tiếng Việt")
        village.start()
        expect(row).to_contain_text("đang kết nối", timeout=15_000)
        server.place(station, item["id"], in_seconds=6)
        fetched({"Bản 1": village})
        expect(page.locator("#on-air")).to_contain_text("Giảm nghèo bền vững", timeout=15_000)
        expect(page.locator("#on-air")).to_contain_text("tiếng Việt")
        page.screenshot(path=tmp_path / "playing.png", full_page=True)
        expect(page.locator("#on-air")).to_contain_text("Không cụm loa nào đang phát.", timeout=20_000)
        village.program.kill()
        expect(row).to_contain_text("mất kết nối", timeout=15_000)
        server.program.kill()
        expect(page.locator("#link")).to_have_text("▲ Mất liên lạc với máy chủ; đang nối lại…", timeout=10_000)
        server.start()
        expect(page.locator("#link")).to_have_text("● Đang cập nhật trực tiếp", timeout=20_000)
        assert [p for p in problems if "ERR_" not in p] == []


def test_the_page_fits_a_telephone(loa: World, browser: Browser, tmp_path: Path) -> None:
    server = loa.server()
    server.start()
    station = server.station()
    for number in range(12):
        server.post("/clusters", station=station, name=f"Tà Hừa, cụm {number + 1:02}", language_plan=["blt", "vi"])
    with browser.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN") as context:
        page = context.new_page()
        log_in(page, server)
        expect(page.locator("#counts")).to_contain_text("12 cụm loa")
        page.screenshot(path=tmp_path / "telephone.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
