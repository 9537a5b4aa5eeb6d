"""`loa clusters list|show|enrol`."""

from typing import Annotated

import typer

from cli import names, screen, words
from cli.answers import Cluster, Clusters, EnrolmentCode
from cli.server import connected, understood
from runtime.clock import SystemClock

app = typer.Typer(no_args_is_help=True, help="Cụm loa · clusters.")
Which = Annotated[str, typer.Argument(metavar="CLUSTER", help="Mã hoặc tên · code or name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Cho chương trình · for programs.")]


@app.command("list")
def list_clusters(
    station: Annotated[str | None, typer.Option(help="Chỉ một đài · of one station (name or code).")] = None,
    as_json: AsJson = False,
) -> None:
    """Danh sách cụm loa · Every cluster with its code."""
    with connected() as server:
        only = names.station(server, station).id if station else None
        answer = server.get("/clusters", station=only)
    if as_json:
        screen.show_json(answer)
        return
    rows = [
        (c.id, c.name, c.station.name, words.languages(c.language_plan), str(c.volume), words.CONNECTIONS[c.connection])
        for c in understood(Clusters, answer).items
    ]
    headings = ("Mã", "Cụm loa", "Đài", "Tiếng", "Âm lượng", "Kết nối")
    screen.show(headings, rows, empty="Chưa có cụm loa nào. / No clusters yet.")


@app.command()
def show(cluster: Which, as_json: AsJson = False) -> None:
    """Một cụm loa · Everything about one cluster."""
    with connected() as server:
        found = names.cluster(server, cluster)
        answer = server.get(f"/clusters/{found.id}")
    if as_json:
        screen.show_json(answer)
    else:
        for label, value in described(understood(Cluster, answer)):
            screen.say(f"{label:<16}{value}")


def described(cluster: Cluster) -> list[tuple[str, str]]:
    status = cluster.status
    place = f"{cluster.latitude}, {cluster.longitude}" if cluster.latitude is not None else "chưa ghi"
    lines = [
        ("Mã", f"{cluster.id} ({cluster.code})"),
        ("Tên", cluster.name),
        ("Đài", f"{cluster.station.name} ({cluster.station.id})"),
        ("Địa bàn", cluster.area.path),
        ("Vị trí", place),
        ("Loại", f"{cluster.type}, {cluster.vendor}" if cluster.vendor else cluster.type),
        ("Phát các tiếng", words.languages(cluster.language_plan)),
        ("Âm lượng", str(cluster.volume)),
        ("Bộ thu", "đã kích hoạt" if cluster.enrolled else "chưa kích hoạt"),
        ("Phần mềm", cluster.software_version or "—"),
        ("Kết nối", words.CONNECTIONS.get(cluster.connection, cluster.connection)),
        ("Nghe lần cuối", words.ago(cluster.last_heard, now=SystemClock().now())),
    ]
    if status:
        refused = ", ".join(f"{reason}: {count}" for reason, count in status.refused.items()) or "không"
        lines += [
            ("Trạng thái", words.STATES[status.state]),
            ("Đang phát", words.playing(status)),
            ("Âm lượng thật", str(status.volume)),
            ("Sai số giờ", words.clock(status.clock)),
            ("Bộ nhớ đệm", words.cache(status)),
            ("Tin bị từ chối", refused),
        ]
    return lines


@app.command()
def enrol(cluster: Which, as_json: AsJson = False) -> None:
    """Mã kích hoạt · A one-time code for a cluster's receiver."""
    with connected() as server:
        found = names.cluster(server, cluster)
        answer = server.post(f"/clusters/{found.id}/enrolment-code")
    if as_json:
        screen.show_json(answer)
        return
    code = understood(EnrolmentCode, answer)
    until = code.expires.astimezone().strftime("%H:%M %d/%m/%Y")
    screen.say(
        f"{found.name} ({found.id}), {found.area.path}",
        f"Mã kích hoạt / code   {code.code}   (dùng một lần, đến {until} / once, until then)",
        f"Tại bộ thu / at the receiver:   loa-receiver enrol {code.address} {code.code} --data FOLDER",
    )
