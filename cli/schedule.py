"""`loa schedule add|show`."""

from datetime import datetime
from typing import Annotated

import typer

from cli import names, screen, words
from cli.answers import Items, Slot, Slots, Stations
from cli.errors import Misuse
from cli.server import connected, understood
from protocol.messages import Priority

app = typer.Typer(no_args_is_help=True, help="Lịch phát · the schedule.")
AsJson = Annotated[bool, typer.Option("--json", help="Cho chương trình · for programs.")]


@app.command()
def add(
    station: Annotated[str, typer.Option(help="Mã hoặc tên đài · station, code or name.")],
    item: Annotated[str, typer.Option(help="Mã hoặc tên tin bài · item, code or title.")],
    at: Annotated[str, typer.Option(help="Giờ của đài · the station's wall time, e.g. “2026-11-23 05:30”.")],
    cluster: Annotated[
        list[str] | None, typer.Option(help="Chỉ các cụm này · only these clusters (code or name).")
    ] = None,
    priority: Annotated[Priority, typer.Option(help="Mức ưu tiên · priority.")] = Priority.NORMAL,
    as_json: AsJson = False,
) -> None:
    """Đặt giờ phát · Place an item in a station's schedule."""
    starts = _instant(at)
    with connected() as server:
        where = names.station(server, station)
        what = names.item(server, item)
        only = [found.id for found in names.clusters(server, cluster)] if cluster else None
        body = {"station": where.id, "item": what.id, "starts": starts.isoformat(), "priority": priority.value}
        answer = server.post("/slots", body | ({"clusters": only} if only else {}))
    if as_json:
        screen.show_json(answer)
        return
    slot = understood(Slot, answer)
    ends = f" – {slot.ends.astimezone(slot.starts.tzinfo):%H:%M:%S}" if slot.ends else ""
    screen.say(
        f"Đã đặt / placed: {what.title} · {where.name} · {_local(slot)} ({where.time_zone})",
        f"UTC {slot.starts:%Y-%m-%d %H:%M:%S}{ends} · {words.PRIORITIES[slot.priority]} · {slot.id}",
    )


def _instant(text: str) -> datetime:
    """Wall time without an offset, or an instant with one. Raises Misuse."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Misuse(
            f"“{text}” không phải ngày giờ; ví dụ “2026-11-23 05:30”.",
            f"“{text}” is no date and time; an example is “2026-11-23 05:30”.",
        ) from error


@app.command()
def show(
    station: Annotated[str | None, typer.Argument(help="Mã hoặc tên đài · station, code or name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Xem lịch phát · Every slot, the latest first."""
    with connected() as server:
        only = names.station(server, station).id if station else None
        answer = server.get("/slots", station=only)
        if as_json:
            screen.show_json(answer)
            return
        titles = {found.id: found.title for found in understood(Items, server.get("/items")).items}
        stations = {found.id: found.name for found in understood(Stations, server.get("/stations")).items}
    rows = [
        (
            _local(slot),
            stations.get(slot.station, slot.station),
            titles.get(slot.item, slot.item),
            words.PRIORITIES.get(slot.priority, slot.priority),
            "mọi cụm" if slot.clusters is None else f"{len(slot.clusters)} cụm",
            slot.id,
        )
        for slot in understood(Slots, answer).items
    ]
    headings = ("Giờ phát", "Đài", "Tin bài", "Mức", "Cụm loa", "Mã")
    screen.show(headings, rows, empty="Chưa đặt giờ phát nào. / Nothing is scheduled.")


def _local(slot: Slot) -> str:
    return slot.starts_local.replace("T", " ")
