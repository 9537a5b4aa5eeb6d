"""`loa status`: every cluster, what it does and how well."""

import asyncio
import json
from collections.abc import Iterable, Iterator
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
                screen.console().print(table(understood(Clusters, answer).items, now=SystemClock().now()))


def changes(server: Server, station: str | None) -> Iterator[list[Any]]:
    """First every cluster, then those that changed, as the server wrote them."""
    for name, content in server.events():
        if name == "clusters":
            yield [found for found in content["items"] if station in {None, found["station"]["id"]}]
    raise Unreachable("Máy chủ đã ngừng gửi tin.", "The server has stopped sending news.")


def follow(server: Server, station: str | None) -> None:
    """Redraw at every change; a lost server is said once, below the table, and its return shows by itself."""
    out = screen.console()
    known: dict[str, Cluster] = {}
    with Live(console=out, auto_refresh=False, screen=False) as live:
        while True:
            try:
                for changed in changes(server, station):
                    known |= {found.id: found for found in understood(Clusters, {"items": changed}).items}
                    live.update(table(known.values(), now=SystemClock().now(), rows=out.height - ROOM), refresh=True)
            except KeyboardInterrupt:
                return
            except Unreachable as error:
                if not known:
                    raise
                live.console.print(f"{error.vi} / {error.en}", style="yellow")
                asyncio.run(SystemClock().sleep(RETRY_S))


def by_interest(cluster: Cluster) -> tuple[bool, bool, str, str]:
    """What sounds first, then what is enrolled, then by name."""
    sounding = cluster.status is not None and cluster.status.state is PlayState.PLAYING
    return (not sounding, not cluster.enrolled, cluster.station.name, cluster.name)


def table(clusters: Iterable[Cluster], *, now: datetime, rows: int | None = None) -> Table:
    """All clusters, or as many of the most interesting as fit `rows` lines."""
    every = sorted(clusters, key=by_interest)
    made = screen.table(*HEADINGS)
    shown = every if rows is None else every[: max(1, rows)]
    for cluster in shown:
        screen.row(made, *cells(cluster, now=now))
    online = sum(cluster.connection == "online" for cluster in every)
    playing = sum(not by_interest(cluster)[0] for cluster in every)
    left_out = f" · {len(every) - len(shown)} cụm không hiện ở đây" if len(shown) < len(every) else ""
    made.caption = f"{len(every)} cụm loa · {online} trực tuyến · {playing} đang phát{left_out}"
    made.caption_justify = "left"
    return made


def cells(cluster: Cluster, *, now: datetime) -> tuple[str, ...]:
    # What a receiver said before it was lost is no longer what it does.
    status = cluster.status if cluster.connection == "online" else None
    return (
        cluster.name,
        cluster.station.name,
        words.CONNECTIONS.get(cluster.connection, cluster.connection),
        words.STATES[status.state] if status else "—",
        words.playing(status),
        str(status.volume) if status else f"({cluster.volume})",
        words.clock(status.clock) if status else "—",
        words.cache(status),
        words.ago(cluster.last_heard, now=now),
    )
