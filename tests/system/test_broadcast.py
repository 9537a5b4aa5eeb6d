"""From a file to the village, with processes killed between the schedule and the start (REQ-31)."""

import signal
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.server.sounds import recording
from tests.system.hearing import decoded, heard, is_silent
from tests.system.station import Server, Village, World, until

LIKE = 0.99
MILLISECOND = timedelta(milliseconds=1)


def asset_of(server: Server, item: dict[str, object], language: str) -> np.ndarray:
    versions = item["versions"]
    assert isinstance(versions, list)
    [sha256] = [v["asset"]["sha256"] for v in versions if v["language"] == language]
    return decoded(server.data / "content" / sha256[:2] / sha256)


def wait_for(instant: datetime, *, and_seconds: float = 0.0) -> None:
    time.sleep(max(0.0, (instant - datetime.now(instant.tzinfo)).total_seconds() + and_seconds))


def station_of_three(loa: World, tmp_path: Path) -> tuple[Server, str, dict[str, Village], dict[str, object]]:
    server = loa.server()
    server.start()
    station = server.station()
    villages = {
        "blt": loa.village(server, station, "ban-1", "blt"),
        "vi": loa.village(server, station, "ban-2", "vi"),
        "hmn": loa.village(server, station, "ban-3", "hmn"),
    }
    recordings = {
        language: recording(tmp_path, f"{language}.wav", seconds=3.0, seed=number)
        for number, language in enumerate(villages)
    }
    item = server.item(**recordings)
    for village in villages.values():
        village.start()
    return server, station, villages, item


def fetched(villages: dict[str, Village]) -> None:
    for name, village in villages.items():
        until(partial(village.ready, 1), what=f"{name} has fetched its version")


def check(server: Server, villages: dict[str, Village], item: dict[str, object], starts: datetime) -> None:
    """Every village heard its own language from its very beginning, at the planned instant.

    On time means within the bound that the receiver itself states for its clock, and a millisecond.
    """
    assets = {language: asset_of(server, item, language) for language in villages}
    found = {language: heard(village.folder / "heard.wav", assets[language]) for language, village in villages.items()}
    for language, sound in found.items():
        assert sound.likeness > LIKE, language
        assert abs(sound.started - starts) < MILLISECOND + villages[language].clock_error(), language
        others = [heard(villages[language].folder / "heard.wav", assets[o]) for o in villages if o != language]
        assert max(other.likeness for other in others) < 0.5
    errors = sorted(village.clock_error() for village in villages.values())
    spread = max(f.started for f in found.values()) - min(f.started for f in found.values())
    assert spread < MILLISECOND + errors[-1] + errors[-2]


@pytest.mark.req("REQ-31")
@pytest.mark.parametrize("victim", ["nobody", "broker", "server", "both"])
def test_whoever_is_killed_before_the_start_every_village_hears_its_language(
    loa: World, tmp_path: Path, victim: str
) -> None:
    server, station, villages, item = station_of_three(loa, tmp_path)
    starts = server.place(station, str(item["id"]), in_seconds=9)
    fetched(villages)
    broker = server.broker()
    if victim in ("server", "both"):
        server.program.kill()
    if victim in ("broker", "both") and broker.is_running():
        broker.send_signal(signal.SIGKILL)
    wait_for(starts, and_seconds=4.5)
    check(server, villages, item, starts)
    if victim in ("server", "both"):
        server.start()
    rows = until(lambda: len(found := journal(server)) == 3 and found, what="three as-run rows")
    assert {row["result"] for row in rows} == {"complete"}
    assert all(abs(datetime.fromisoformat(row["started"]) - starts) < MILLISECOND for row in rows)


def journal(server: Server) -> list[dict[str, str]]:
    return list(server.get("/journal")["items"])


@pytest.mark.req("REQ-31")
def test_a_receiver_that_comes_back_with_server_and_network_dead_plays_on_time(loa: World, tmp_path: Path) -> None:
    server, station, villages, item = station_of_three(loa, tmp_path)
    starts = server.place(station, str(item["id"]), in_seconds=10)
    fetched(villages)
    server.program.kill()
    for village in villages.values():
        village.program.kill()
        village.start()
    wait_for(starts, and_seconds=4.5)
    check(server, villages, item, starts)


@pytest.mark.req("REQ-33")
def test_a_receiver_that_starts_late_joins_at_the_elapsed_position(loa: World, tmp_path: Path) -> None:
    server = loa.server()
    server.start()
    station = server.station()
    villages = {"vi": loa.village(server, station, "ban-1", "vi"), "late": loa.village(server, station, "ban-2", "vi")}
    item = server.item(vi=recording(tmp_path, seconds=12.0))
    for village in villages.values():
        village.start()
    starts = server.place(station, str(item["id"]), in_seconds=6)
    fetched(villages)
    villages["late"].program.kill()
    wait_for(starts, and_seconds=2)
    villages["late"].start("late")
    wait_for(starts, and_seconds=13)
    asset = asset_of(server, item, "vi")
    joined = heard(villages["late"].folder / "late.wav", asset, skip=8 * 48_000)
    punctual = heard(villages["vi"].folder / "heard.wav", asset, skip=8 * 48_000)
    assert min(joined.likeness, punctual.likeness) > LIKE
    errors = [village.clock_error() for village in villages.values()]
    assert abs(joined.started - punctual.started) < MILLISECOND + errors[0] + errors[1]
    rows = until(lambda: len(found := journal(server)) == 2 and found, what="two as-run rows")
    assert {row["result"] for row in rows} <= {"complete", "joined-late", "interrupted"}


@pytest.mark.req("REQ-34")
def test_a_receiver_without_a_rundown_stays_silent(loa: World) -> None:
    server = loa.server()
    server.start()
    village = loa.village(server, server.station(), "ban-1", "vi")
    village.start()
    until(lambda: cluster(server, village)["connection"] == "online", what="online")
    time.sleep(1)
    assert village.program.signal() == 0
    assert is_silent(village.folder / "heard.wav")
    until(lambda: cluster(server, village)["connection"] == "offline", what="offline, because it said so")


@pytest.mark.req("REQ-27")
def test_a_killed_receiver_is_shown_lost_by_its_will(loa: World) -> None:
    server = loa.server()
    server.start()
    village = loa.village(server, server.station(), "ban-1", "vi")
    village.start()
    until(lambda: cluster(server, village)["connection"] == "online", what="online")
    village.program.kill()
    until(lambda: cluster(server, village)["connection"] == "lost", what="lost")
    village.start("again")
    until(lambda: cluster(server, village)["connection"] == "online", what="online again")


def cluster(server: Server, village: Village) -> dict[str, str]:
    return server.get(f"/clusters/{village.cluster}")
