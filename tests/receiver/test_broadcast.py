"""From the order to the sound, with processes of their own, a real broker and real TLS."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from protocol import topics
from protocol.messages import AsRun, ConnectionState, PlayState, Result
from protocol.rundown import pack
from receiver.asrun import Reason
from receiver.home import Home
from receiver.instants import index_of
from receiver.store import Store
from tests.bus.wire import Device
from tests.receiver import factories
from tests.receiver.desk import Desk, until
from tests.receiver.factories import CLUSTER, STATION, Office
from tests.receiver.sounds import Recording, sound
from tests.receiver.station import Running, enrolled, on_air, receiver


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
    # The reading that it began by: a later one may be a little better.
    offset = next(status.clock for status in station.statuses() if status.state is PlayState.PLAYING)
    assert offset is not None
    # The file's instants are of this machine's clock, the order's of the server's.
    at = index_of(start - timedelta(milliseconds=offset.offset_ms))
    lag = recording.lag_of(item.decoded[:48_000], at)
    assert abs(lag) <= 1
    assert np.abs(recording.at(at + lag, len(item.decoded)) - item.decoded).max() < 1e-4
    assert station.presences()[0] == (1, ConnectionState.ONLINE)
    until(lambda: not running.status()["running"])


def offset_of(running: Running) -> timedelta:
    """Server's clock minus this machine's, as the receiver measured it."""
    reading = running.status().get("clock")
    return timedelta(milliseconds=reading["offset_ms"]) if reading else timedelta(0)


@pytest.mark.req("REQ-31")
@pytest.mark.req("REQ-33")
async def test_killed_and_restarted_with_no_server_at_all_it_plays_on_time_from_its_disk(tmp_path: Path) -> None:
    first, second = sound(2, 2.0), sound(3, 6.0)
    async with on_air(tmp_path) as station:
        for item in (first, second):
            station.desk.keep(item.content)
        start = datetime.now(UTC) + timedelta(seconds=8)
        later = start + timedelta(seconds=3)
        await station.configure()
        await station.order(
            factories.occurrence("a", start=start, versions=(factories.version(of=first.asset),)),
            factories.occurrence("b", start=later, versions=(factories.version(of=second.asset),)),
        )
        folder = enrolled(tmp_path / "r", station.desk, mqtt_port=station.bus.port)
        running = receiver(folder)
        await station.until(lambda: any(status.cache.files == 2 for status in station.statuses()))
        running.kill()
    # Desk and broker are gone; nothing listens on any of their ports.
    running = receiver(folder, name="alone")
    until(lambda: any(row.startswith("b") for row in open_keys(folder)), seconds=30)
    until(lambda: datetime.now(UTC) > later + timedelta(seconds=1))
    running.kill()
    alone = Recording.read(running.wav)
    assert abs(alone.lag_of(first.decoded[:48_000], index_of(start))) <= 1
    assert abs(alone.lag_of(second.decoded[:9_600], index_of(later))) <= 1
    # Killed in the middle of the second item, it joins where all others are.
    running = receiver(folder, name="again")
    until(lambda: not open_keys(folder), seconds=30)
    assert running.stop() == 0
    again = Recording.read(running.wav)
    near_end = second.decoded[-48_000:]
    assert abs(again.lag_of(near_end, index_of(later) + len(second.decoded) - 48_000)) <= 1
    with Store(Home(folder).database) as store:
        rows = {each.row.occurrence: each.row for each in store.journal(100) if isinstance(each.row, AsRun)}
        assert len([each for each in store.journal(100) if isinstance(each.row, AsRun)]) == 2
    assert (rows["a"].result, rows["b"].result, rows["b"].reason) == (
        Result.COMPLETE,
        Result.INTERRUPTED,
        Reason.RESTARTED,
    )


def open_keys(folder: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{Home(folder).database}?mode=ro", uri=True)) as db:
        return [key for (key,) in db.execute("SELECT key FROM open_row")]


async def test_two_receivers_play_in_step_and_a_dead_server_stops_neither(tmp_path: Path) -> None:
    item = sound(4, 4.0)
    async with on_air(tmp_path) as station:
        station.desk.keep(item.content)
        start = datetime.now(UTC) + timedelta(seconds=6)
        await station.configure()
        await station.order(factories.occurrence(start=start, versions=(factories.version(of=item.asset),)))
        folders = [enrolled(tmp_path / name, station.desk, mqtt_port=station.bus.port) for name in ("one", "two")]
        one = receiver(folders[0])
        await station.until(lambda: any(status.cache.files == 1 for status in station.statuses()))
        # The two are the same cluster here, so the second one comes when the first has lost its link.
        two = receiver(folders[1])
        await station.until(lambda: two_is_ready(folders[1]))
    for running in (one, two):
        until(lambda running=running: playing(running))
    offsets = [offset_of(running) for running in (one, two)]
    errors = [(running.status().get("clock") or {}).get("error_ms", 0.0) * 48 for running in (one, two)]
    for running in (one, two):
        until(lambda running=running: not playing(running))
        assert running.stop() == 0
    lags = []
    for running, offset in zip((one, two), offsets, strict=True):
        recording = Recording.read(running.wav)
        lags.append(recording.lag_of(item.decoded[:48_000], index_of(start - offset)))
    # Each within two samples of its own reading of the clock, which may be read anew while it plays.
    assert all(abs(lag) <= 2 + error for lag, error in zip(lags, errors, strict=True))


def two_is_ready(folder: Path) -> bool:
    library = Home(folder).library
    return library.exists() and any(not file.suffix for file in library.iterdir())


def playing(running: Running) -> bool:
    return running.status().get("state") == "playing"


@pytest.mark.req("REQ-34")
@pytest.mark.req("REQ-09")
async def test_what_is_forged_late_or_not_for_it_is_silence_a_count_and_a_line_in_the_journal(tmp_path: Path) -> None:
    item = sound(1, 3.0)
    async with on_air(tmp_path) as station:
        station.desk.keep(item.content)
        await station.configure()
        start = datetime.now(UTC) + timedelta(seconds=3)
        head, packed = pack(
            factories.rundown(factories.occurrence(start=start, versions=(factories.version(of=item.asset),)))
        )
        station.desk.keep(packed)
        topic = topics.rundown(STATION)
        office, now = station.desk.office, datetime.now(UTC)
        running = receiver(enrolled(tmp_path / "r", station.desk, mqtt_port=station.bus.port))
        await station.until(lambda: bool(station.statuses()))
        for payload in (
            Office().sign(head, topic, issued=now, sequence=50),
            office.sign(head, topics.rundown("station-bbbb"), issued=now, sequence=51),
            office.sign(head, topic, issued=now - timedelta(days=2), sequence=52, days=1),
            b"\x00\xff",
        ):
            await station.publish(topic, payload)
        expected = {"forged": 1, "wrong-audience": 1, "expired": 1, "malformed": 1}
        await station.until(lambda: station.statuses()[-1].refused == expected)
        kinds = {f"refused-{slug}" for slug in expected}
        await station.until(lambda: kinds <= {event.kind for event in station.desk.events})
        until(lambda: datetime.now(UTC) > start + timedelta(seconds=2))
        assert running.stop() == 0
        assert station.desk.rows == []
    assert not Recording.read(running.wav).line.any()


async def test_a_killed_receiver_is_told_lost_by_the_broker_and_comes_back_as_a_newer_session(tmp_path: Path) -> None:
    async with on_air(tmp_path) as station:
        await station.configure()
        folder = enrolled(tmp_path / "r", station.desk, mqtt_port=station.bus.port)
        running = receiver(folder)
        await station.until(lambda: (1, ConnectionState.ONLINE) in station.presences())
        running.kill()
        await station.until(lambda: (1, ConnectionState.LOST) in station.presences())
        running = receiver(folder)
        await station.until(lambda: (2, ConnectionState.ONLINE) in station.presences())
        assert running.stop() == 0
        await station.until(lambda: (2, ConnectionState.OFFLINE) in station.presences())
        assert station.presences()[-1] == (2, ConnectionState.OFFLINE)


@pytest.mark.req("REQ-44")
async def test_a_receiver_whose_clock_is_hours_off_plays_by_the_servers(tmp_path: Path) -> None:
    item = sound(1, 3.0)
    async with on_air(tmp_path) as station:
        ahead = station.desk.ahead = timedelta(hours=2)
        station.desk.keep(item.content)
        await station.configure()
        running = receiver(enrolled(tmp_path / "r", station.desk, mqtt_port=station.bus.port))
        start = datetime.now(UTC) + ahead + timedelta(seconds=4)
        await station.order(factories.occurrence(start=start, versions=(factories.version(of=item.asset),)))
        await station.until(lambda: bool(station.desk.rows))
        running.stop()
    assert station.desk.rows[0].result is Result.COMPLETE
    assert abs(station.desk.rows[0].started - start) < timedelta(milliseconds=1)
    lag = Recording.read(running.wav).lag_of(item.decoded[:48_000], index_of(start - ahead))
    error_ms = station.statuses()[-1].clock
    assert error_ms is not None
    assert abs(lag) / 48 <= error_ms.error_ms + 1


async def test_a_dead_first_address_and_a_lost_link_only_cost_time(tmp_path: Path) -> None:
    item = sound(4, 4.0)
    async with on_air(tmp_path) as station:
        station.desk.keep(item.content)
        live = f"127.0.0.1:{station.desk.port}:{station.bus.port}"
        home = Home(tmp_path / "r")
        home.prepare()
        home.keep_identity(station.desk.identity(addresses=("127.0.0.1:1:1", live)))
        running = receiver(home.folder)
        await station.configure(addresses=("127.0.0.1:1:1",))
        start = datetime.now(UTC) + timedelta(seconds=6)
        await station.order(factories.occurrence(start=start, versions=(factories.version(of=item.asset),)))
        await station.until(lambda: playing(running))
        device = await Device.connect(station.bus.port, station.bus.tls, client_id=CLUSTER, secret=station.desk.secret)
        await station.until(lambda: bool(station.desk.rows))
        device.die()
        await station.until(lambda: (2, ConnectionState.ONLINE) in station.presences())
        assert running.stop() == 0
    assert station.desk.rows[0].result is Result.COMPLETE


def test_two_receivers_cannot_use_one_folder(tmp_path: Path, desk: Desk) -> None:
    folder = enrolled(tmp_path / "r", desk, mqtt_port=1)
    first = receiver(folder)
    until(lambda: first.status()["running"])
    second = receiver(folder, name="second")
    assert second.process.wait(20) == 1
    assert first.stop() == 0
