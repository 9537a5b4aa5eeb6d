"""Debian's PostgreSQL, started for a test in a folder of its own and stopped by its process id."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.deploy.serving import free_ports
from tests.programs import program

PACKAGE = "postgresql"
DRIVER = "postgresql+asyncpg"


@dataclass
class Engine:
    """Reached over loopback by its one user, whose password is made for the occasion."""

    folder: Path
    owner: int
    port: int
    password: str
    user: str = "loa"
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, *, with_password: bool = True) -> str:
        secret = f":{self.password}" if with_password else ""
        return f"{DRIVER}://{self.user}{secret}@127.0.0.1:{self.port}/{database}"

    async def create(self, database: str) -> None:
        connection = await asyncpg.connect(self.url("postgres").replace(DRIVER, "postgresql"))
        try:
            await connection.execute(f'CREATE DATABASE "{database}"')
        finally:
            await connection.close()

    def start(self) -> None:
        # Nothing of a test has to survive a loss of power.
        options = (
            f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        )
        command = [program("postgres", package=PACKAGE), "-D", str(self.folder / "data"), *options.split()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=self.owner, cwd=self.folder
            )
        self._wait_until_ready(self.process)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # Fast: SIGTERM would wait for every client to leave.
            self.process.wait(30)
            self.process = None

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        ready = program("pg_isready", package=PACKAGE)
        for _ in range(200):
            asked = subprocess.run([ready, "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False)
            if asked.returncode == 0:
                return
            assert process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())


@contextmanager
def running() -> Iterator[Engine]:
    """As the container of docker-compose.yml starts it: one superuser, SCRAM, no trust for anybody."""
    initdb = program("initdb", package=PACKAGE)
    folder = Path(tempfile.mkdtemp(prefix="loa-postgres-"))  # Short, for the path of a socket is limited.
    engine = Engine(folder, _who_may_run_it(folder), port=free_ports(1)[0], password=secrets.token_hex(16))
    password_file = folder / "password"
    password_file.write_text(engine.password)
    prepare = f"-U {engine.user} -A scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync --pwfile={password_file}"
    try:
        with (folder / "log").open("ab") as log:
            subprocess.run(
                [initdb, *prepare.split(), "-D", str(folder / "data")],
                check=True,
                stdout=log,
                stderr=log,
                user=engine.owner,
                cwd=folder,
            )
        engine.start()
        yield engine
    finally:
        engine.stop()
        shutil.rmtree(folder)


def _who_may_run_it(folder: Path) -> int:
    """PostgreSQL refuses to run as root; Debian's package brings a user."""
    if os.geteuid() != 0:
        return os.geteuid()
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return owner.pw_uid
