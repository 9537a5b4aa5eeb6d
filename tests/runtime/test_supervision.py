"""What may fail is run again; lost and back are said once; a bug ends the program."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from runtime.clock import ManualClock
from runtime.supervision import Backoff, supervise

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_waits_double_up_to_the_longest_and_begin_again_after_a_success() -> None:
    waits = Backoff(first_s=1, longest_s=5)
    assert [waits.failed() for _ in range(5)] == [1, 2, 4, 5, 5]
    waits.succeeded()
    assert waits.failed() == 1


class Line:
    """A connection that holds for the seconds it is told, then breaks with what it is told."""

    def __init__(self, clock: ManualClock, *fates: tuple[float, Exception]) -> None:
        self._clock, self._fates = clock, list(fates)
        self.began: list[float] = []

    async def __call__(self) -> None:
        self.began.append(self._clock.monotonic())
        if not self._fates:
            await asyncio.Event().wait()
        seconds, error = self._fates.pop(0)
        await self._clock.sleep(seconds)
        raise error


@asynccontextmanager
async def supervised(line: Line, clock: ManualClock) -> AsyncIterator[asyncio.Task[None]]:
    async with asyncio.TaskGroup() as group:
        work = supervise("line", line, clock=clock, expected=(ConnectionError,), first_wait_s=1, longest_wait_s=8)
        task = group.create_task(work)
        try:
            yield task
        finally:
            task.cancel()


def said(events: list[Any]) -> list[str]:
    return [event["event"] for event in events]


async def test_failures_are_tried_again_with_growing_waits() -> None:
    clock = ManualClock(START)
    line = Line(clock, *[(0.0, ConnectionError("gone"))] * 5)
    async with supervised(line, clock):
        await clock.advance(100)
    assert line.began == [0, 1, 3, 7, 15, 23]


async def test_a_loss_is_said_once_and_its_end_once() -> None:
    clock = ManualClock(START)
    line = Line(clock, *[(0.0, ConnectionError("gone"))] * 4)
    with structlog.testing.capture_logs() as events:
        async with supervised(line, clock):
            await clock.advance(15)
            assert said(events) == ["lost"]
            await clock.advance(200)
            assert said(events) == ["lost", "back"]


async def test_work_that_held_long_enough_starts_again_with_the_shortest_wait() -> None:
    clock = ManualClock(START)
    line = Line(clock, (0.0, ConnectionError()), (0.0, ConnectionError()), (20.0, ConnectionError()))
    with structlog.testing.capture_logs() as events:
        async with supervised(line, clock):
            await clock.advance(60)
    assert line.began == [0, 1, 3, 24]
    assert said(events) == ["lost", "back", "lost", "back"]


async def test_a_bug_goes_through_as_it_is() -> None:
    clock = ManualClock(START)
    line = Line(clock, (0.0, ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await supervise("line", line, clock=clock, expected=(ConnectionError,))


async def test_a_cancelled_supervisor_leaves_nothing_running() -> None:
    clock = ManualClock(START)
    line = Line(clock)
    async with supervised(line, clock) as task:
        await clock.advance(3)
    assert task.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}
