"""`loa rundown show STATION`: the week that the station's receivers have."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli import names, screen, words
from cli.answers import StationRundown
from cli.server import connected, understood
from protocol.language_names import name_of
from protocol.messages import Occurrence

app = typer.Typer(no_args_is_help=True, help="Lịch đã gửi tới cụm loa · what receivers have.")


@app.callback()
def rundown() -> None:
    """Lịch đã gửi tới cụm loa · what receivers have."""


@app.command()
def show(
    station: Annotated[str, typer.Argument(help="Mã hoặc tên đài · station, code or name.")],
    as_json: Annotated[bool, typer.Option("--json", help="Cho chương trình · for programs.")] = False,
) -> None:
    """Lịch phát đã ký · The signed week of a station."""
    with connected() as server:
        found = names.station(server, station)
        answer = server.get(f"/stations/{found.id}/rundown")
    if as_json:
        screen.show_json(answer)
        return
    zone = ZoneInfo(found.time_zone)
    has = understood(StationRundown, answer)
    screen.say(
        f"{found.name} ({found.id}), giờ địa phương / local time {found.time_zone}",
        f"Số {has.head.epoch}/{has.head.sequence}, ký {_at(has.head.issued, zone)}"
        f", hết hạn {_at(has.head.expires, zone)}"
        f", từ {_at(has.rundown.covers_from, zone)} đến {_at(has.rundown.covers_until, zone)}",
    )
    rows = [
        (_at(o.start, zone), f"{o.end.astimezone(zone):%H:%M:%S}", o.title, _versions(o), words.PRIORITIES[o.priority])
        for o in has.rundown.occurrences
    ]
    screen.show(
        ("Bắt đầu", "Kết thúc", "Tin bài", "Các bản (từ phút)", "Mức"), rows, empty="Không có gì. / Nothing is on."
    )


def _at(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%d/%m/%Y %H:%M:%S}"


def _versions(occurrence: Occurrence) -> str:
    """`tiếng Việt 0:00, tiếng Thái 5:50`: the place of each version within the occurrence."""
    placed = sorted(occurrence.versions, key=lambda version: version.offset_samples)
    return ", ".join(f"{name_of(version.language)} {words.length(version.offset_samples)}" for version in placed)
