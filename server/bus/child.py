"""A program that runs as long as a block does, and never longer than this process.

Not asyncio's own subprocess: its `send_signal` may reap a child that has just died, behind the
back of the watcher, who then takes it for unknown.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from server.bus import tether

STOP_WITHIN_S = 10.0


class Child:
    """`ended` holds the exit status once there is one, negative for a signal."""

    def __init__(self, process: "subprocess.Popen[bytes]", ended: "asyncio.Future[int]") -> None:
        self._process = process
        self.pid = process.pid
        self.ended = ended

    async def stop(self) -> None:
        """Ask (SIGTERM), and after 10 s end it."""
        self._process.terminate()
        with suppress(TimeoutError):
            try:
                async with asyncio.timeout(STOP_WITHIN_S):
                    await asyncio.shield(self.ended)
            finally:
                self._process.kill()  # Nothing, where it has ended.


@asynccontextmanager
async def child(program: Sequence[str], *, output: Path) -> AsyncIterator[Child]:
    """Start `program` (an absolute path first); `output` keeps what this run of it prints.

    It is stopped when the block is left, and killed by the kernel if this process is. A session of its
    own keeps a terminal's Ctrl-C for us, who stop in order.
    """
    with output.open("wb") as sink:
        process = subprocess.Popen(  # noqa: ASYNC220 -- A start takes milliseconds, and the death signal needs this thread.
            [sys.executable, "-I", tether.__file__, str(os.getpid()), *program],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="child") as waiting:
        one = Child(process, asyncio.get_running_loop().run_in_executor(waiting, process.wait))
        try:
            yield one
        finally:
            await one.stop()
