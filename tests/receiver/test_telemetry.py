"""What the receiver says of itself, and when."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from protocol.messages import ClockReading, PlayState
from receiver import telemetry
from receiver.addresses import Address, Rotation
from receiver.offset import Estimate
from receiver.station_clock import StationClock
from receiver.telemetry import Telemetry
from runtime.clock import ManualClock
from tests.receiver import factories
from tests.receiver.factories import NOON


@pytest.mark.req("REQ-27")
async def test_a_status_is_said_on_change_and_at_least_every_interval() -> None:
    clock = ManualClock(NOON)
    said: list[float] = []

    async def tell() -> None:
        said.append(clock.monotonic())

    speech = Telemetry(clock=clock, tell=tell, interval_s=lambda: 60.0)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(speech.run())
        await clock.advance(150)
        assert said == [0.0, 60.0, 120.0]
        speech.changed()
        await clock.advance(0.1)
        assert said[-1] == 150.0
        for _ in range(20):
            speech.changed()
            await clock.advance(0.01)
        await clock.advance(1.0)
        assert len(said) == 5
        task.cancel()


@pytest.mark.req("REQ-28")
@pytest.mark.req("REQ-29")
def test_what_was_not_measured_is_absent_and_what_sounds_is_what_is_heard() -> None:
    cues = factories.cues(factories.occurrence())
    state = replace(factories.state(), cues=cues, volume=70, session=3)
    quiet = telemetry.status(state, now=NOON, heard=None, files=0, size=0, clock=None)
    assert (quiet.state, quiet.playing, quiet.cache.missing) == (PlayState.STOPPED, None, 1)
    assert "clock" not in quiet.model_dump(exclude_none=True)
    reading = ClockReading(offset_ms=1.0, error_ms=0.5)
    heard = telemetry.status(state, now=NOON, heard=(cues[0], 4_800), files=1, size=9, clock=reading)
    assert heard.state is PlayState.PLAYING
    assert heard.playing is not None
    assert heard.playing.position_samples == 4_800
    assert heard.clock == reading


def test_the_stations_time_follows_a_set_wall_clock_only_until_the_server_was_asked() -> None:
    clock = ManualClock(NOON)
    station = StationClock(clock)
    clock.step_wall_clock(timedelta(hours=1))
    assert station.now() == NOON
    assert station.heed_wall_clock()
    assert station.now() == NOON + timedelta(hours=1)
    assert station.reading() is None
    station.correct(Estimate(-3_600.0, 0.001, 0.0))
    assert station.now() == NOON
    clock.step_wall_clock(timedelta(hours=-1))
    assert not station.heed_wall_clock()
    assert station.now() == NOON
    assert station.reading() == ClockReading(offset_ms=0.0, error_ms=1.0)


def test_addresses_are_tried_in_turn_and_those_of_the_enrolment_are_never_lost() -> None:
    rotation = Rotation(("old:1:2",))
    rotation.use(("new:1:2", "nonsense", "[::1]:3:4"))
    assert rotation.current == Address("old", 1, 2)
    seen = []
    for _ in range(3):
        rotation.failed(rotation.current)
        seen.append(rotation.current.host)
    assert seen == ["new", "::1", "old"]
    rotation.failed(Address("new", 1, 2))
    assert rotation.current.host == "old"
