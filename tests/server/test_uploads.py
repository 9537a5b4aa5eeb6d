"""Intake: an officer's file becomes an asset, or a sentence that says what to do."""

from pathlib import Path
from typing import Any

import pytest

from tests.server.sounds import recording
from tests.server.world import World, world


async def upload(loa: World, item: str, file: Path, *, language: str = "vi") -> tuple[int, dict[str, Any]]:
    with file.open("rb") as content:
        answer = await loa.client.post(
            f"/api/v1/items/{item}/versions", data={"language": language}, files={"file": (file.name, content)}
        )
    return answer.status_code, dict(answer.json())


async def new_item(loa: World) -> str:
    return str((await loa.post("/items", title="Giảm nghèo bền vững"))["id"])


def stored(loa: World) -> list[Path]:
    return sorted(f for f in (loa.parts.settings.data / "content").rglob("*") if f.is_file())


async def test_a_recording_becomes_an_asset_at_the_right_loudness_and_the_original_is_kept(
    loa: World, tmp_path: Path
) -> None:
    item, file = await new_item(loa), recording(tmp_path, level=0.05)
    status, version = await upload(loa, item, file)
    assert status == 201, version
    assert version["after"]["integrated_lufs"] == pytest.approx(-16.0, abs=0.2)
    assert version["after"]["true_peak_dbtp"] <= -1.5
    asset = loa.parts.content.path(version["asset"]["sha256"])
    original = loa.parts.content.path(version["original_sha256"])
    assert asset
    assert original
    assert asset.stat().st_size == version["asset"]["bytes"]
    assert original.read_bytes() == file.read_bytes()
    assert (await loa.get(f"/items/{item}"))["versions"] == [version]


async def test_a_second_upload_of_a_language_takes_the_place_of_the_first(loa: World, tmp_path: Path) -> None:
    item = await new_item(loa)
    _, first = await upload(loa, item, recording(tmp_path, seed=1))
    _, second = await upload(loa, item, recording(tmp_path, seed=2))
    versions = (await loa.get(f"/items/{item}"))["versions"]
    assert [version["asset"] for version in versions] == [second["asset"]] != [first["asset"]]


def cut(folder: Path) -> Path:
    whole = recording(folder, "whole.flac", seconds=10)
    file = folder / "cut.flac"
    file.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    return file


def text(folder: Path) -> Path:
    file = folder / "bai-viet.mp3"
    file.write_text("Đây không phải âm thanh. " * 1000)
    return file


def empty(folder: Path) -> Path:
    file = folder / "rong.wav"
    file.touch()
    return file


@pytest.mark.parametrize(
    ("make", "slug"),
    [
        (text, "not-audio"),
        (empty, "not-audio"),
        (cut, "truncated"),
        (lambda folder: recording(folder, "im.wav", level=0.0), "silent"),
        (lambda folder: recording(folder, "nho.wav", level=0.0004), "too-quiet"),
    ],
)
async def test_what_cannot_be_broadcast_is_refused_and_nothing_of_it_is_kept(
    loa: World, tmp_path: Path, make: Any, slug: str
) -> None:
    item = await new_item(loa)
    before = stored(loa)
    status, problem = await upload(loa, item, make(tmp_path))
    assert (status, problem["slug"]) == (422, slug)
    assert problem["detail"].endswith(".")
    assert problem["detail_en"].endswith(".")
    assert stored(loa) == before
    assert list((loa.parts.settings.data / "content" / "incoming").iterdir()) == []
    assert (await loa.get(f"/items/{item}"))["versions"] == []


async def test_a_file_over_the_limit_is_refused_whatever_its_headers_say(tmp_path: Path) -> None:
    async with world(tmp_path, max_upload_bytes=300_000) as loa:
        item, file = await new_item(loa), recording(tmp_path, seconds=10)
        status, problem = await upload(loa, item, file)
        assert (status, problem["slug"]) == (413, "too-large")
        assert "0.3 MB" in problem["detail"]

        async def chunks() -> Any:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
            for _ in range(20):
                yield bytes(100_000)
            yield b"\r\n--x--\r\n"

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await loa.client.post(f"/api/v1/items/{item}/versions", content=chunks(), headers=headers)
        assert (answer.status_code, answer.json()["slug"]) == (413, "too-large")
        assert stored(loa) == []


async def test_nobody_uploads_without_a_login(loa: World, tmp_path: Path) -> None:
    item, file = await new_item(loa), recording(tmp_path)
    del loa.client.headers["Authorization"]
    assert (await upload(loa, item, file))[0] == 401


async def test_an_upload_says_its_language(loa: World, tmp_path: Path) -> None:
    status, problem = await upload(loa, await new_item(loa), recording(tmp_path), language="tiếng Mông")
    assert (status, problem["slug"]) == (422, "language-missing")


@pytest.mark.req("REQ-57")
async def test_a_hostile_file_name_is_only_a_name(loa: World, tmp_path: Path) -> None:
    item, file = await new_item(loa), recording(tmp_path)
    with file.open("rb") as content:
        files = {"file": ("../../../../etc/cron.d/x\n<script>.wav", content)}
        answer = await loa.client.post(f"/api/v1/items/{item}/versions", data={"language": "vi"}, files=files)
    assert answer.status_code == 201
    names = {f.name for f in stored(loa)}
    assert names == {answer.json()["asset"]["sha256"], answer.json()["original_sha256"]}


async def test_a_killed_servers_unfinished_work_is_cleared_at_the_next_start(loa: World) -> None:
    left = loa.parts.settings.data / "content" / "incoming" / "left"
    (left / "deeper").mkdir(parents=True)
    (left / "deeper" / "original").write_bytes(b"half")
    loa.parts.content.sweep()
    assert not left.exists()
