"""The processes of the demonstration: each is started by us, ended by its id, also when something goes wrong."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.demo.errors import DemoFailed

GRACE_S = 20.0


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> int:
        """Ask it to stop, and make it where it does not within the grace. Returns its exit status."""
        if self.alive:
            self.process.terminate()
        try:
            return self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def last_words(self, lines: int = 5) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


class Programs:
    """A context that ends, in reverse order, whatever was started in it."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._started: list[Program] = []

    def start(self, name: str, program: str, *arguments: str, settings: Mapping[str, str] | None = None) -> Program:
        """`program` is one of our entry points; what it says goes to a file of `logs`."""
        log = self._logs / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [entry_point(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(settings or {})},
                # Ctrl-C is for us; we end the children, in order.
                start_new_session=True,
            )
        started = Program(name, process, log)
        self._started.append(started)
        return started

    def check(self) -> None:
        """Raises DemoFailed where one has ended by itself."""
        for program in self._started:
            if not program.alive and program.process.returncode:
                raise DemoFailed(f"{program.name} đã dừng / has stopped:\n{program.last_words()}")

    def end(self, *programs: Program) -> None:
        for program in programs:
            program.end()
            self._started.remove(program)

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while self._started:
            self._started.pop().end()


def run(program: str, *arguments: str, settings: Mapping[str, str] | None = None) -> str:
    """Standard output of a command that ends. Raises DemoFailed with what it said on standard error."""
    done = subprocess.run(
        [entry_point(program), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **(settings or {})},
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise DemoFailed(f"{program} {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def entry_point(program: str) -> str:
    """The program beside this Python, so that no other installation is started by mistake."""
    beside = Path(sys.executable).with_name(program)
    if not beside.exists():
        raise DemoFailed(f"Thiếu {program}: hãy chạy “make setup”. / {program} is missing: run “make setup”.")
    return str(beside)
