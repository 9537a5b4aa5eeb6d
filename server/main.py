"""`loa-server`: first run, run, backup, restore."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from runtime import logging
from runtime.clock import SystemClock
from server import backup as backups
from server.broker_files import write_broker_configuration
from server.data_folder import occupied, prepare
from server.errors import Invalid, Problem
from server.first_run import Secrets, initialise, new_password_for, shown
from server.run import serve
from server.settings import Settings, unknown_names

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The server of a commune's IP radio station.")
Data = Annotated[Path | None, typer.Option("--data", help="The data directory (or LOA_DATA).", show_default=False)]


def settings_of(data: Path | None) -> Settings:
    """Raises typer.Exit with a sentence where a setting is wrong."""
    if unknown := unknown_names(os.environ):
        listed = ", ".join(unknown)
        typer.echo(
            f"Máy chủ không có cài đặt {listed} / the server has no setting {listed}: docs/settings.md", err=True
        )
        raise typer.Exit(2)
    try:
        return Settings(data=data) if data else Settings()
    except ValidationError as error:
        for found in error.errors():
            name = "LOA_" + str(found["loc"][0]).upper()
            why = found.get("ctx", {}).get("error", found["msg"])
            typer.echo(f"Cài đặt {name} chưa đúng / setting {name} is not right: {why}", err=True)
        raise typer.Exit(2) from error
    except SettingsError as error:  # A list that is no JSON; which one is in the message.
        typer.echo(f"Cài đặt chưa đúng / a setting is not right (JSON): {error}", err=True)
        raise typer.Exit(2) from error


@contextmanager
def told() -> Iterator[None]:
    """A refusal becomes one sentence in two languages and exit status 1."""
    try:
        yield
    except Problem as problem:
        typer.echo(f"{problem.vi}\n{problem.en}", err=True)
        raise typer.Exit(1) from problem
    except OSError as error:
        where = error.filename or error
        typer.echo(f"Không mở hoặc không nối được / cannot open or reach: {where} ({error.strerror}).", err=True)
        raise typer.Exit(1) from error


def show(secrets: Secrets, *, root_file: Path) -> None:
    """On standard output and nowhere else."""
    if secrets.admin_password:
        typer.echo(f"\nTài khoản quản trị đầu tiên / first administrator:  admin  {secrets.admin_password}")
        typer.echo("Mật khẩu này chỉ hiện một lần / shown this once.")
    if secrets.recovery_passphrase:
        typer.echo(f"\nTờ khôi phục / recovery sheet:  {secrets.recovery_passphrase}")
        typer.echo(f"Khóa gốc / root key: {root_file}")
        typer.echo("Chép cụm mật khẩu ra giấy, cất khóa gốc ở nơi khác rồi xóa tệp trên máy này.")
        typer.echo(
            "Write the passphrase on paper, keep the root key elsewhere, then delete the file from this machine.\n"
        )


@app.command()
def init(data: Data = None, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Make the data directory ready; prints the first administrator's password once."""
    settings = settings_of(data)
    with told():
        prepare(settings.data)
        secrets = asyncio.run(initialise(settings, SystemClock()))
        if settings.broker_url:
            write_broker_configuration(settings, now=SystemClock().now())
    root_file = settings.data / "recovery" / "root-key.pem"
    if as_json:
        found = {"admin": "admin", "password": secrets.admin_password}
        typer.echo(
            json.dumps({**found, "recovery_passphrase": secrets.recovery_passphrase, "root_key": str(root_file)})
        )
    else:
        show(secrets, root_file=root_file)
    sys.stdout.flush()
    shown(settings)


@app.command(name="broker-config")
def broker_config(data: Data = None) -> None:
    """Write the configuration of a nats-server that somebody else runs (LOA_BROKER_URL) to LOA_BROKER_FOLDER."""
    settings = settings_of(data)
    with told():
        if not settings.broker_url:
            vi = "Chưa đặt LOA_BROKER_URL: máy chủ tự chạy broker của mình."
            raise Invalid("no-broker-url", vi, "LOA_BROKER_URL is not set: the server keeps its own broker.")
        path = write_broker_configuration(settings, now=SystemClock().now())
    typer.echo(f"Cấu hình broker / the broker's configuration: {path}")


@app.command()
def run(data: Data = None) -> None:
    """Run the server until it is told to stop (SIGTERM, SIGINT)."""
    settings = settings_of(data)
    logging.configure(program="loa-server", level=settings.log_level)
    with told(), ExitStack() as held:
        prepare(settings.data)
        held.enter_context(occupied(settings.data))
        show(asyncio.run(initialise(settings, SystemClock())), root_file=settings.data / "recovery" / "root-key.pem")
        sys.stdout.flush()
        shown(settings)
        asyncio.run(serve(settings, SystemClock()))


@app.command(name="reset-password")
def reset_password(name: str = "admin", data: Data = None) -> None:
    """Give an account a new password, printed once; its log-ins end."""
    with told():
        password = asyncio.run(new_password_for(settings_of(data), name))
    typer.echo(f"Mật khẩu mới / new password:  {name}  {password}")


@app.command()
def backup(target: Path, data: Data = None) -> None:
    """Copy database, keys and content to the empty folder TARGET; the server may be running."""
    with told():
        backups.back_up(settings_of(data), target)
    typer.echo(f"Đã sao lưu vào / backed up to {target}")


@app.command()
def restore(
    source: Path,
    root_key: Annotated[Path, typer.Option(help="The root key's file.", exists=True, dir_okay=False)],
    passphrase: Annotated[
        str, typer.Option(help="Of the recovery sheet.", prompt=True, hide_input=True, envvar="LOA_RECOVERY_PASSPHRASE")
    ],
    data: Data = None,
) -> None:
    """Fill the empty data directory from the backup SOURCE and start a new epoch, which every receiver takes."""
    with told():
        settings, pem = settings_of(data), root_key.read_bytes()
        now = SystemClock().now()
        epoch = backups.restore(settings, source, root_pem=pem, passphrase=passphrase, now=now)
    typer.echo(f"Đã khôi phục, kỷ nguyên / restored, epoch {epoch}")


if __name__ == "__main__":
    app()
