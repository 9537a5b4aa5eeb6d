"""`loa items`, `loa schedule`, `loa rundown`, `loa journal`: from files to the signed week."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import soundfile

from tests.cli.conftest import Commune, Terminal

RATE = 48_000


def recording(path: Path, *, seconds: float = 4.0, level: float = 0.1) -> Path:
    noise = np.random.default_rng(len(path.name)).standard_normal(round(seconds * RATE))
    soundfile.write(path, level * noise, RATE)
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return [str(recording(tmp_path / name)) for name in ("tieng-mong.wav", "vi.flac", "tieng-thai.ogg")]


def uploaded(terminal: Terminal, files: list[str], title: str) -> str:
    return str(json.loads(terminal.says("items", "upload", *files, "--title", title, "--json"))["id"])


def test_files_become_versions_of_the_languages_they_are_named_after(terminal: Terminal, files: list[str]) -> None:
    out = terminal.says("items", "upload", *files, "--title", "Ba thứ tiếng")
    for name in ("tiếng Mông", "tiếng Việt", "tiếng Thái"):
        assert f"{name}: 0:04" in out
    assert out.count("→ -16.") + out.count("→ -15.9") == 3, "levelled, as measured after the codec"
    assert "Ba thứ tiếng" in terminal.says("items", "list")


def test_languages_can_be_said_for_each_file(terminal: Terminal, tmp_path: Path) -> None:
    files = [str(recording(tmp_path / name)) for name in ("a.wav", "b.wav")]
    command = ["items", "upload", *files, "--title", "Hai tệp", "--lang", "Tiếng Dao", "--lang", "qaa", "--json"]
    item = json.loads(terminal.says(*command))
    assert [version["language"] for version in item["versions"]] == ["ium", "qaa"]
    assert item["original_language"] == "ium"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.wav", "--title", "x"], "There is no file"),
        (["unknown.wav", "--title", "x"], "Which language is unknown.wav in?"),
        (["vi.wav", "tieng-viet.wav", "--title", "x"], "Two files are in the same language"),
        (["vi.wav", "--lang", "vi", "--lang", "hmn", "--title", "x"], "one for each file"),
        (["vi.wav", "--lang", "no language", "--title", "x"], "is no language"),
        (["vi.wav"], "--title (new) or --item"),
        (["vi.wav", "--title", "x", "--item", "y"], "--title (new) or --item"),
        (["vi.wav", "--item", "no such item"], "There is no item"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    terminal: Terminal, arguments: list[str], says: str
) -> None:
    for name in ("unknown.wav", "vi.wav", "tieng-viet.wav"):
        recording(terminal.home / name, seconds=0.1)
    before = terminal.says("items", "list", "--json")
    ended = terminal.loa("items", "upload", *arguments)
    assert ended.status == 2
    assert says in ended.err
    assert terminal.says("items", "list", "--json") == before


def test_a_file_that_is_refused_says_why_and_does_not_keep_the_others_back(terminal: Terminal, tmp_path: Path) -> None:
    good = recording(tmp_path / "vi.wav")
    silent = recording(tmp_path / "tieng-mong.wav", level=0.0)
    text = tmp_path / "tieng-thai.mp3"
    text.write_text("not audio")
    ended = terminal.loa("items", "upload", str(silent), str(text), str(good), "--title", "Một bản hỏng")
    assert ended.status == 1
    assert "im lặng" in ended.err
    assert "This file is not audio" in ended.err
    assert "tiếng Việt: 0:04" in ended.out
    assert "2/3" in ended.err
    mended = recording(tmp_path / "mended.wav")
    terminal.says("items", "upload", str(mended), "--item", "Một bản hỏng", "--lang", "hmn")
    listed = json.loads(terminal.says("items", "list", "--json"))["items"]
    (item,) = (item for item in listed if item["title"] == "Một bản hỏng")
    assert {version["language"] for version in item["versions"]} == {"vi", "hmn"}


def test_a_broadcast_is_placed_by_the_stations_wall_time_and_stands_in_the_rundown(
    terminal: Terminal, communes: dict[str, Commune], files: list[str]
) -> None:
    uploaded(terminal, files, "Đặt giờ")
    slot = json.loads(
        terminal.says("schedule", "add", "--station", "Tà Hừa", "--item", "Đặt giờ", "--at", tomorrow(), "--json")
    )
    assert slot["starts_local"].endswith("05:30:00")
    assert slot["starts"].startswith(tomorrow_utc())
    assert "05:30:00" in terminal.says("schedule", "show", "Tà Hừa")
    shown = terminal.says("rundown", "show", "Tà Hừa")
    # Plans [blt], [vi], [hmn, vi]: Mông and Vietnamese follow each other, Thái runs beside one of them.
    assert "05:30:00" in shown
    assert "tiếng Việt 0:04" in shown or "tiếng Mông 0:04" in shown
    rundown = json.loads(terminal.says("rundown", "show", communes["Tà Hừa"].station, "--json"))
    assert rundown["rundown"]["station"] == communes["Tà Hừa"].station
    assert "Đặt giờ" in [occurrence["title"] for occurrence in rundown["rundown"]["occurrences"]]


def test_a_broadcast_can_be_for_some_clusters_only(
    terminal: Terminal, communes: dict[str, Commune], files: list[str]
) -> None:
    item = uploaded(terminal, files[:1], "Chỉ một cụm")
    commune = communes["Tà Hừa"]
    command = ["schedule", "add", "--station", commune.station, "--item", item, "--at", tomorrow("06:10")]
    slot = json.loads(terminal.says(*command, "--cluster", "Tà Hừa, cụm 02", "--json"))
    assert slot["clusters"] == [commune.clusters[1]]
    ended = terminal.loa(*command, "--cluster", "Nậm Cha, cụm 01")
    assert ended.status == 2, "a name of two clusters is never guessed at"


@pytest.mark.parametrize("at", ["tomorrow", "2026-13-01 05:30", "25:00", ""])
def test_a_time_that_is_none_is_misuse(terminal: Terminal, at: str) -> None:
    ended = terminal.loa("schedule", "add", "--station", "x", "--item", "y", "--at", at)
    assert ended.status == 2
    assert "is no date and time" in ended.err


def test_what_the_server_refuses_is_said_in_its_words(
    terminal: Terminal, communes: dict[str, Commune], files: list[str]
) -> None:
    item = uploaded(terminal, files[:1], "Quá khứ")
    ended = terminal.loa(
        "schedule", "add", "--station", communes["Tà Hừa"].station, "--item", item, "--at", "2020-01-01 05:30"
    )
    assert ended.status == 1
    assert len(ended.err.splitlines()) == 2


@pytest.mark.req("REQ-01")
def test_a_priority_that_does_not_exist_is_misuse(terminal: Terminal) -> None:
    command = ["schedule", "add", "--station", "x", "--item", "y", "--at", tomorrow(), "--priority", "urgent"]
    assert terminal.loa(*command).status == 2


def test_a_journal_in_which_nothing_played_says_so(terminal: Terminal) -> None:
    assert "Nothing has played yet" in terminal.says("journal")
    assert json.loads(terminal.says("journal", "--json", "--limit", "5")) == {"items": []}
    assert terminal.loa("journal", "--limit", "0").status == 2


def tomorrow(clock: str = "05:30") -> str:
    return f"{_tomorrow():%Y-%m-%d} {clock}"


def tomorrow_utc() -> str:
    """05:30 in Vietnam is 22:30 of the day before in UTC."""
    return f"{_tomorrow() - timedelta(days=1):%Y-%m-%d}T22:30:00"


def _tomorrow() -> datetime:
    return datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")) + timedelta(days=1)
