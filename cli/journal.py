"""`loa journal`: what really played, planned against real start."""

from typing import Annotated

import typer

from cli import names, screen, words
from cli.answers import Journal, JournalRow
from cli.server import connected, understood
from protocol.language_names import name_of

HEADINGS = ("Cụm loa", "Đài", "Tin bài", "Tiếng", "Giờ định", "Giờ thật", "Lệch", "Kết quả")


def show(
    occurrence: Annotated[str | None, typer.Option(help="Chỉ lượt phát này · of one occurrence.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Chỉ cụm loa này · of one cluster (code or name).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Số dòng · rows at most.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Cho chương trình · for programs.")] = False,
) -> None:
    """Nhật ký phát sóng · What really played, the latest first."""
    with connected() as server:
        only = names.cluster(server, cluster).id if cluster else None
        answer = server.get("/journal", occurrence=occurrence, cluster=only, limit=limit)
    if as_json:
        screen.show_json(answer)
    else:
        rows = [cells(row) for row in understood(Journal, answer).items]
        screen.show(HEADINGS, rows, empty="Chưa có gì được phát. / Nothing has played yet.")


def cells(row: JournalRow) -> tuple[str, ...]:
    return (
        row.cluster.name,
        row.cluster.station_name,
        row.title,
        name_of(row.language),
        f"{row.planned_start.astimezone():%d/%m %H:%M:%S}",
        f"{row.started.astimezone():%H:%M:%S.%f}"[:-3] if row.started else "—",
        lateness(row),
        words.RESULTS[row.result],
    )


def lateness(row: JournalRow) -> str:
    """Real start minus planned start."""
    if row.started is None:
        return "—"
    return f"{(row.started - row.planned_start).total_seconds() * 1000:+.1f} ms"
