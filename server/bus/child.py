"""A program that runs as long as a block does, and never longer than this process."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from server.bus import tether

STOP_WITHIN_S = 10.0


@asynccontextmanager
async def child(program: Sequence[str], *, output: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start `program` (an absolute path first); `output` keeps what this run of it prints.

    Leaving the block asks it to stop (SIGTERM) and, after 10 s, ends it. If this process is killed,
    the kernel kills the child. A session of its own keeps a terminal's Ctrl-C for us, who stop in order.
    """
    with output.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            tether.__file__,
            str(os.getpid()),
            *program,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
