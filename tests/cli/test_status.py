"""The live table: what comes first, what fits, what is no longer known; and the events behind `--watch`."""

import json
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from cli.answers import Cluster
from cli.status import table
from deploy.demo.processes import entry_point
from protocol.messages import Cache, ClockReading, Playing, PlayState, Status
from tests.cli.conftest import Commune, Terminal

NOW = datetime(2026, 3, 1, 10, 0, 30, tzinfo=UTC)


def cluster(name: str = "Tà Hừa, cụm 01", **different: Any) -> Cluster:
    usual = {
        "id": "c-3w5t8zqp",
        "code": "7k3m-01",
        "name": name,
        "station": {"id": "s-7k3m9q2x", "name": "Đài truyền thanh xã Tà Hừa"},
        "area": {"id": "a-00000000", "name": "Tà Hừa", "path": "Than Uyên › Tà Hừa"},
        "type": "Cụm loa truyền thanh",
        "language_plan": ["hmn"],
        "volume": 70,
        "enrolled": True,
        "connection": "online",
        "last_heard": NOW - timedelta(seconds=3),
    }
    return Cluster.model_validate(usual | different)


def playing(title: str = "Giảm nghèo bền vững") -> Status:
    return Status(
        session=1,
        at=NOW,
        state=PlayState.PLAYING,
        playing=Playing(occurrence="x", title=title, language="hmn", sha256="ab" * 32, position_samples=48_000 * 65),
        volume=55,
        clock=ClockReading(offset_ms=-2.0, error_ms=0.4),
        cache=Cache(files=2, bytes=2_500_000, missing=1),
        software_version="0.1.0",
    )


def lines(*clusters: Cluster, rows: int | None = None) -> list[str]:
    out = Console(width=220, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    with out.file:
        out.print(table(clusters, now=NOW, rows=rows))
    return [line.rstrip() for line in out.export_text().splitlines()]


def test_a_row_says_what_sounds_how_loud_how_exact_and_how_recently() -> None:
    (row,) = (line for line in lines(cluster(status=playing())) if "cụm 01" in line)
    for said in (
        "trực tuyến",
        "đang phát",
        "Giảm nghèo bền vững · tiếng Mông · 1:05",
        "55",
        "± 0.4 ms",
        "3 giây trước",
    ):
        assert said in row
    assert "2 tệp, 2.5 MB, thiếu 1" in row


def test_what_a_lost_receiver_said_last_is_not_shown_as_what_it_does() -> None:
    (row,) = (line for line in lines(cluster(status=playing(), connection="lost")) if "cụm 01" in line)
    assert "mất kết nối" in row
    assert "đang phát" not in row


def test_what_sounds_comes_first_and_what_does_not_fit_is_counted() -> None:
    quiet = [cluster(f"cụm {number:02}", id=f"c-0000000{number}") for number in range(5)]
    loud = cluster("cụm 99", status=playing())
    shown = lines(*quiet, loud, rows=2)
    assert "cụm 99" in shown[1]
    assert "6 cụm loa · 6 trực tuyến · 1 đang phát · 4 cụm không hiện ở đây" in shown[-1]


def test_a_name_cannot_steer_the_terminal_nor_be_taken_for_markup() -> None:
    shown = "\n".join(lines(cluster("[red]x[/red]\x1b]0;owned\x07", status=playing("[bold]t\x1b[2J"))))
    assert "[red]x[/red]" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_watching_gives_every_cluster_first_and_ends_quietly_by_ctrl_c(
    terminal: Terminal, communes: dict[str, Commune]
) -> None:
    station = communes["Căn Co"].station
    watching = subprocess.Popen(
        [entry_point("loa"), "status", "--watch", "--json", "--station", station],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=terminal.environment,
        text=True,
    )
    try:
        assert watching.stdout
        first = json.loads(watching.stdout.readline())["items"]
        assert [found["station"]["id"] for found in first] == [station]
    finally:
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=20)
    assert "Traceback" not in err
    assert watching.returncode > 0
