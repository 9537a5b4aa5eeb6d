"""From the order to the sound, with processes of their own, a real broker and real TLS."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from protocol.messages import ConnectionState, Result
from receiver.instants import index_of
from tests.receiver import factories
from tests.receiver.desk import until
from tests.receiver.sounds import Recording, sound
from tests.receiver.station import enrolled, on_air, receiver


@pytest.mark.req("REQ-29")
async def test_a_receiver_fetches_and_plays_what_is_ordered_to_the_very_sample(tmp_path: Path) -> None:
    async with on_air(tmp_path) as station:
        item = sound(1, 3.0)
        station.desk.keep(item.content)
        start = datetime.now(UTC) + timedelta(seconds=5)
        await station.configure(volume=100)
        await station.order(factories.occurrence(start=start, versions=(factories.version(of=item.asset),)))
        running = receiver(enrolled(tmp_path / "r", station.desk, mqtt_port=station.bus.port))
        try:
            await station.until(lambda: bool(station.desk.rows))
        finally:
            code = running.stop()
        await station.until(lambda: (1, ConnectionState.OFFLINE) in station.presences())
    assert code == 0
    row = station.desk.rows[0]
    assert (row.result, row.reason) == (Result.COMPLETE, "")
    assert abs(row.started - start) < timedelta(milliseconds=1)
    recording = Recording.read(running.wav)
    offset = station.statuses()[-1].clock
    assert offset is not None
    # The file's instants are of this machine's clock, the order's of the server's.
    at = index_of(start - timedelta(milliseconds=offset.offset_ms))
    lag = recording.lag_of(item.decoded[:48_000], at)
    assert abs(lag) <= 1
    assert np.abs(recording.at(at + lag, len(item.decoded)) - item.decoded).max() < 1e-4
    assert station.presences()[0] == (1, ConnectionState.ONLINE)
    until(lambda: not running.status()["running"])
