"""A clock that moves only when told to."""

import asyncio
from datetime import UTC, datetime, timedelta

from runtime.clock import ManualClock, SystemClock

START = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)


async def test_nobody_wakes_before_the_clock_is_moved() -> None:
    clock = ManualClock(START)
    woken: list[str] = []

    async def sleeper() -> None:
        await clock.sleep(10)
        woken.append("up")

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper())
        await clock.advance(9.999)
        assert woken == []
        await clock.advance(0.001)
        assert woken == ["up"]


async def test_sleepers_wake_in_the_order_of_their_times_and_see_those_times() -> None:
    clock = ManualClock(START)
    seen: list[tuple[str, datetime]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        seen.append((name, clock.now()))

    async with asyncio.TaskGroup() as group:
        for name, seconds in (("late", 3.0), ("early", 1.0), ("early too", 1.0)):
            group.create_task(sleeper(name, seconds))
        await clock.advance(5)
    assert seen == [
        ("early", START + timedelta(seconds=1)),
        ("early too", START + timedelta(seconds=1)),
        ("late", START + timedelta(seconds=3)),
    ]
    assert clock.now() == START + timedelta(seconds=5)


async def test_a_week_of_minutes_passes_in_one_call() -> None:
    clock = ManualClock(START)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        for _ in range(7 * 24 * 60):
            await clock.sleep(60)
            ticks += 1

    async with asyncio.TaskGroup() as group:
        group.create_task(tick())
        await clock.advance(7 * 24 * 3600)
    assert ticks == 7 * 24 * 60


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = ManualClock(START)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(clock.sleep(10))
        await clock.advance(1)
        task.cancel()
    await clock.advance(100)
    assert clock.monotonic() == 101


async def test_a_step_of_the_wall_clock_wakes_nobody() -> None:
    clock = ManualClock(START)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(clock.sleep(10))
        await clock.advance(0)
        clock.step_wall_clock(timedelta(hours=-3))
        assert clock.now() == START - timedelta(hours=3)
        assert clock.monotonic() == 0
        await clock.advance(10)
        assert task.done()


async def test_the_real_clock_is_aware_and_sleeps() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0.01)
    assert clock.monotonic() - before >= 0.009
    assert clock.now().utcoffset() == timedelta(0)
    await clock.sleep(-5)
