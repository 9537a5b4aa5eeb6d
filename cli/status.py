"""`loa status`: every cluster, what it does and how well."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.live import Live
from rich.table import Table

from cli import names, screen, words
from cli.answers import Cluster, Clusters
from cli.errors import Unreachable
from cli.server import Server, connected, understood
from protocol.messages import PlayState
from runtime.clock import SystemClock

HEADINGS = (
    *("Cụm loa", "Đài", "Kết nối", "Trạng thái", "Đang phát", "Âm lượng"),
    *("Sai số giờ", "Bộ nhớ đệm", "Nghe lần cuối"),
)
LESS_NEEDED = ("Đài", "Kết nối", "Nghe lần cuối")
WIDE = 130
"""Columns of a terminal that has room for all headings."""
RETRY_S = 2.0
ROOM = 6
"""Lines of the terminal that are not rows: headings, the summary, the prompt."""


def show(
    station: Annotated[str | None, typer.Option(help="Chỉ một đài · of one station (name or code).")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Theo dõi liên tục · live, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Cho chương trình · for programs.")] = False,
) -> None:
    """Trạng thái các cụm loa · What every cluster does."""
    with connected() as server:
        only = names.station(server, station).id if station else None
        if watch and as_json:
            for changed in changes(server, only):
                print(json.dumps({"items": changed}, ensure_ascii=False), flush=True)  # noqa: T201 -- For programs.
        elif watch:
            follow(server, only)
        else:
            answer = server.get("/clusters", station=only)
            if as_json:
                screen.show_json(answer)
            else:
                out, found = screen.console(), understood(Clusters, answer).items
                out.print(table(found, now=SystemClock().now(), columns=out.width))


def changes(server: Server, station: str | None) -> Iterator[list[Any]]:
    """First every cluster, then those that changed, as the server wrote them."""
    for name, content in server.events():
        if name == "clusters":
            yield [found for found in content["items"] if station in {None, found["station"]["id"]}]
    raise Unreachable("Máy chủ đã ngừng gửi tin.", "The server has stopped sending news.")


def follow(server: Server, station: str | None) -> None:
    """Redraw at every change until Ctrl-C; that the server is lost is said once, and once that it is back."""
    out = screen.console()
    known: dict[str, Cluster] = {}
    lost = False
    with suppress(KeyboardInterrupt), Live(console=out, auto_refresh=False) as live:
        while True:
            try:
                for changed in changes(server, station):
                    known |= {found.id: found for found in understood(Clusters, {"items": changed}).items}
                    made = table(known.values(), now=SystemClock().now(), rows=out.height - ROOM, columns=out.width)
                    live.update(made, refresh=True)
                    if lost:
                        live.console.print("Đã kết nối lại. / The server is back.", style="green")
                        lost = False
            except Unreachable as error:
                if not known:
                    raise
                if not lost:
                    live.console.print(f"{error.vi} / {error.en}", style="yellow")
                    lost = True
                asyncio.run(SystemClock().sleep(RETRY_S))


def by_interest(cluster: Cluster) -> tuple[bool, bool, str, str]:
    """What sounds first, then what is enrolled, then by name."""
    sounding = cluster.status is not None and cluster.status.state is PlayState.PLAYING
    return (not sounding, not cluster.enrolled, cluster.station.name, cluster.name)


def table(clusters: Iterable[Cluster], *, now: datetime, rows: int | None = None, columns: int | None = None) -> Table:
    """All clusters, or as many of the most interesting as fit `rows` lines; in a narrow terminal without the rest."""
    every = sorted(clusters, key=by_interest)
    left_out = LESS_NEEDED if columns is not None and columns < WIDE else ()
    kept = [place for place, heading in enumerate(HEADINGS) if heading not in left_out]
    made = screen.table(*(HEADINGS[place] for place in kept))
    shown = every if rows is None else every[: max(1, rows)]
    for cluster in shown:
        found = cells(cluster, now=now)
        screen.row(made, *(found[place] for place in kept))
    made.caption = caption(every, hidden=len(every) - len(shown))
    made.caption_justify = "left"
    return made


def caption(every: list[Cluster], *, hidden: int) -> str:
    online = sum(cluster.connection == "online" for cluster in every)
    playing = sum(not by_interest(cluster)[0] for cluster in every)
    more = f" · {hidden} cụm không hiện ở đây" if hidden else ""
    return f"{len(every)} cụm loa · {online} trực tuyến · {playing} đang phát{more}"


def cells(cluster: Cluster, *, now: datetime) -> tuple[str, ...]:
    # What a receiver said before it was lost is no longer what it does.
    status = cluster.status if cluster.connection == "online" else None
    connection = words.CONNECTIONS.get(cluster.connection, cluster.connection)
    return (
        cluster.name,
        words.station(cluster.station.name),
        connection,
        words.STATES[status.state] if status else connection,
        words.playing(status, now=now),
        str(status.volume) if status else f"({cluster.volume})",
        words.clock(status.clock) if status else "—",
        words.cache(status),
        words.ago(cluster.last_heard, now=now),
    )
