"""`loa-receiver`: the daemon on the pole."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from receiver.enrol import enrolled
from receiver.errors import EnrolmentFailed, ReceiverError
from receiver.home import Home
from receiver.software import VERSION
from runtime import logging
from runtime.clock import SystemClock

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Bộ thu truyền thanh · The receiver of a cluster.")

Data = Annotated[Path, typer.Option("--data", help="Folder of this receiver: identity, schedule, audio, journal.")]


@app.command()
def enrol(
    server: Annotated[str, typer.Argument(metavar="HOST:PORT", help="The server's HTTPS address.")],
    code: Annotated[str, typer.Argument(help="The one-time code of this cluster (mã kích hoạt).")],
    data: Data,
) -> None:
    """Kích hoạt · Make this receiver one of the station's clusters."""
    host, _, port = server.rpartition(":")
    if not host or not port.isdigit():
        _fail("Địa chỉ máy chủ có dạng TÊN:CỔNG. / The server's address is HOST:PORT.")
    home = Home(data)
    home.prepare()
    try:
        with home.locked():
            identity = enrolled(host.strip("[]"), int(port), code, software_version=VERSION)
            home.keep_identity(identity)
    except EnrolmentFailed as error:
        _fail(f"{error.vi}\n{error.en}")
    except (ReceiverError, OSError) as error:
        _fail(str(error))
    typer.echo(f"Đã kích hoạt: {identity.name} ({identity.cluster}). / Enrolled.")


@app.command()
def run(
    data: Data,
    output: Annotated[str, typer.Option("--output", help="wav:FILE, null, sound or sound:DEVICE.")] = "sound",
    log_level: Annotated[str, typer.Option("--log-level")] = "INFO",
) -> None:
    """Chạy · Play what the station orders, until stopped."""
    logging.configure(program="loa-receiver", level=log_level)
    from receiver.run import run as run_receiver  # noqa: PLC0415 -- The other commands need no decoder.

    try:
        asyncio.run(run_receiver(Home(data), output, clock=SystemClock()))
    except ReceiverError as error:
        _fail(str(error))


@app.command()
def status(data: Data, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Trạng thái · What it does now; exit status 3 when it is not running."""
    home = Home(data)
    running = home.in_use()
    shown: dict[str, Any] = {}
    if home.status_file.exists():
        shown = json.loads(home.status_file.read_text())
    shown["running"] = running
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False))
    else:
        for line in _lines(shown):
            typer.echo(line)
    if not running:
        raise typer.Exit(3)


def _lines(shown: dict[str, Any]) -> list[str]:
    if not shown["running"]:
        return ["Bộ thu không chạy. / The receiver is not running."]
    playing, after = shown.get("playing"), shown.get("next")
    return [
        f"Cụm loa      {shown.get('cluster', '?')}",
        f"Kết nối      {'có' if shown.get('linked') else 'không'}",
        f"Đang phát    {playing['title']} ({playing['language']})" if playing else "Đang phát    không",
        f"Tiếp theo    {after['title']} ({after['language']}) {after['start']}" if after else "Tiếp theo    không",
        f"Âm lượng     {shown.get('volume', '?')}",
        f"Lệch giờ     {_clock(shown.get('clock'))}",
        f"Tệp          {shown.get('cache', {}).get('files', '?')}, thiếu {shown.get('cache', {}).get('missing', '?')}",
    ]


def _clock(reading: dict[str, float] | None) -> str:
    return f"{reading['offset_ms']} ms ± {reading['error_ms']} ms" if reading else "chưa đo"


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
