"""Killed for real, again and again, at moments that nobody chose."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protocol.messages import Result
from tests.receiver import factories
from tests.receiver.sounds import sound
from tests.receiver.station import enrolled, on_air, receiver


def over(seconds: float) -> Callable[[], bool]:
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    return lambda: datetime.now(UTC) > end


@pytest.mark.slow
@pytest.mark.req("REQ-31")
@pytest.mark.timeout(300)
async def test_every_planned_version_has_exactly_one_row_however_often_it_is_killed(tmp_path: Path) -> None:
    chance = random.Random(7)
    async with on_air(tmp_path) as station:
        items = [sound(seed, 3.0) for seed in range(20, 26)]
        for item in items:
            station.desk.keep(item.content)
        start = datetime.now(UTC) + timedelta(seconds=6)
        planned = [
            factories.occurrence(
                f"slot{number}",
                start=start + timedelta(seconds=4 * number),
                versions=(factories.version(of=item.asset),),
            )
            for number, item in enumerate(items)
        ]
        await station.configure()
        await station.order(*planned)
        folder = enrolled(tmp_path / "r", station.desk, mqtt_port=station.bus.port)
        end = planned[-1].end
        running = receiver(folder)
        lives = 1
        while datetime.now(UTC) < end:
            await station.until(over(chance.uniform(0.3, 4.0)))
            running.kill()
            running = receiver(folder, name=f"life{lives}")
            lives += 1
        await station.until(lambda: len({row.id for row in station.desk.rows}) == len(planned), seconds=30)
        await station.until(over(4.0))
        assert running.stop() == 0
    by_id = {row.id: row for row in station.desk.rows}
    assert sorted(row.occurrence for row in by_id.values()) == [occurrence.id for occurrence in planned]
    # A row may come twice, when the kill fell between the server's word and the deletion, but never in two versions.
    assert all(row == by_id[row.id] for row in station.desk.rows)
    assert lives > 5
    assert {row.result for row in by_id.values()} <= {
        Result.COMPLETE,
        Result.INTERRUPTED,
        Result.JOINED_LATE,
        Result.MISSED,
    }
    sessions = [session for session, _ in station.presences()]
    assert sessions == sorted(sessions)
