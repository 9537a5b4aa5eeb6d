"""What the demonstration shows while it runs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli import journal, screen
from cli.answers import Cluster, JournalRow
from cli.status import table
from cli.words import STATES, playing
from deploy.demo.checks import Verdict
from deploy.demo.waiting import CLOCK

STEPS = 8


class Screen:
    def __init__(self) -> None:
        self.console: Console = screen.console()
        self._step = 0

    def step(self, vi: str, en: str) -> None:
        self._step += 1
        self.console.print(f"\n[{self._step}/{STEPS}] {vi}", style="bold")
        self.console.print(f"      {en}", style="dim")

    def say(self, line: str, *, style: str | None = None) -> None:
        self.console.print(f"      {line}", style=style, soft_wrap=True)

    @contextmanager
    def counting(self, total: int) -> Iterator["Count"]:
        columns = (TextColumn("      {task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        shown = self.console.is_terminal
        with Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True, disable=not shown) as bar:
            yield Count(bar, total)

    @contextmanager
    def watching(self) -> Iterator["Watch"]:
        if self.console.is_terminal:
            with Live(console=self.console, auto_refresh=False) as live:
                yield Watch(self, live)
        else:
            yield Watch(self, None)

    def journal(self, rows: Iterable[JournalRow]) -> None:
        screen.show(journal.HEADINGS, [journal.cells(row) for row in rows], empty="(trống / empty)")

    def verdicts(self, verdicts: Iterable[Verdict]) -> None:
        rows = [("ĐẠT" if one.holds else "KHÔNG ĐẠT", one.where, one.what) for one in verdicts]
        screen.show(("Kết quả", "Ở đâu", "Kiểm tra"), rows, empty="(không có gì để kiểm tra / nothing to check)")


class Count:
    def __init__(self, bar: Progress, total: int) -> None:
        self._bar, self._task = bar, bar.add_task("…", total=total)

    def done(self, name: str, count: int = 1) -> None:
        self._bar.update(self._task, description=name, advance=count)


class Watch:
    """A table on a terminal; elsewhere a line at each change."""

    def __init__(self, screen: Screen, live: Live | None) -> None:
        self._screen, self._live = screen, live
        self._shown: dict[str, tuple[str, ...]] = {}

    def show(self, clusters: list[Cluster]) -> None:
        now = CLOCK.now()
        if self._live:
            self._live.update(table(clusters, now=now, columns=self._screen.console.width), refresh=True)
            return
        for cluster in clusters:
            line = self._line(cluster)
            if self._shown.get(cluster.id) != line:
                self._shown[cluster.id] = line
                self._screen.say(f"{now.astimezone():%H:%M:%S}  {'  '.join(line)}")

    @staticmethod
    def _line(cluster: Cluster) -> tuple[str, ...]:
        status = cluster.status
        if status is None:
            return cluster.name, cluster.connection
        what = playing(status, now=CLOCK.now()).rsplit(" · ", 1)[0]
        waits = f"thiếu {status.cache.missing} tệp" if status.cache.missing else f"{status.cache.files} tệp"
        return cluster.name, STATES[status.state], what, f"âm lượng {status.volume}", waits
