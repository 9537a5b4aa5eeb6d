"""`loa`: what a technician needs, over the server's HTTP API. One noun a file."""

from typing import Any

import typer
from typer.core import TyperGroup

from cli import clusters, items, journal, login, rundown, schedule, screen, status
from cli.errors import Failure


class Commands(TyperGroup):
    """Ends every command that cannot be carried out with its sentences and its exit status."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 -- Typer's own signature.
        try:
            return super().invoke(ctx)
        except Failure as error:
            screen.complain(error.vi, error.en)
            raise typer.Exit(error.exit_status) from error


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Đài truyền thanh, từ dòng lệnh · The station, from a terminal.",
)
app.command("login")(login.log_in)
app.command("logout")(login.log_out)
app.command("status")(status.show)
app.add_typer(clusters.app, name="clusters")
app.add_typer(items.app, name="items")
app.add_typer(schedule.app, name="schedule")
app.add_typer(rundown.app, name="rundown")
app.command("journal")(journal.show)

if __name__ == "__main__":
    app()
