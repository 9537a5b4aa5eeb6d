"""Preparing in a process of its own: a file that crashes or hangs the decoder takes down nothing but that process."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from audio_pipeline.errors import DecoderFailed, rebuild
from audio_pipeline.prepare import Prepared

MEMORY_BYTES: Final = 1_500_000_000
TIMEOUT_S: Final = 900.0


async def prepare_in_child(
    source: Path,
    target: Path,
    *,
    profile_name: str = "horn",
    tags: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
    memory_bytes: int = MEMORY_BYTES,
    progress: Callable[[float], None] | None = None,
) -> Prepared:
    """`prepare` in a child with limits on memory (address space) and processor time, killed on timeout or cancellation.

    Raises AudioRefused as `prepare` does, and DecoderFailed where the child dies, hangs or speaks nonsense.
    """
    command = [
        *(sys.executable, "-m", "audio_pipeline", "prepare", "--json", "--progress-lines"),
        *("--profile", profile_name, "--memory-bytes", str(memory_bytes), "--cpu-seconds", str(int(timeout_s) + 1)),
        *(f"--tag={key}={value}" for key, value in (tags or {}).items()),
        *("--", str(source), str(target)),
    ]
    child = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(timeout_s), asyncio.TaskGroup() as group:
            group.create_task(_follow(child, progress), name="prepare-progress")
            answer = group.create_task(_answer(child), name="prepare-answer")
        await child.wait()
    except TimeoutError as error:
        raise DecoderFailed(f"no answer after {timeout_s:g} s") from error
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        # A killed child could not take its half-written file with it.
        target.with_name(f".{target.name}.part").unlink(missing_ok=True)
    return _result(answer.result(), child.returncode)


async def _follow(child: Process, progress: Callable[[float], None] | None) -> None:
    assert child.stderr is not None
    async for line in child.stderr:
        if progress is not None and line.startswith(b"progress "):
            with suppress(ValueError):
                progress(float(line[9:]))


async def _answer(child: Process) -> bytes:
    assert child.stdout is not None
    return await child.stdout.read()


def _result(answer: bytes, status: int | None) -> Prepared:
    try:
        said = json.loads(answer)
        if status == 0:
            return Prepared.from_dict(said)
        refused = said["refused"]
        refusal = rebuild(**refused)
    except (ValueError, KeyError, TypeError) as error:
        raise DecoderFailed(f"the child ended with status {status}") from error
    raise refusal
