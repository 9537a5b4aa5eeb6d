"""A lost server, restored elsewhere from yesterday's backup: every receiver takes it without a visit (REQ-60)."""

import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.server.sounds import recording
from tests.system.hearing import heard
from tests.system.station import PROGRAMS, Ports, Server, Village, World, until
from tests.system.test_broadcast import LIKE, MILLISECOND, asset_of, cluster, fetched, journal, wait_for


def online(server: Server, village: Village) -> bool:
    return cluster(server, village)["connection"] == "online"


def follows(server: Server, village: Village, head: dict[str, Any]) -> bool:
    status = server.get(f"/clusters/{village.cluster}")["status"] or {}
    return (status.get("rundown_epoch"), status.get("rundown_sequence")) == (head["epoch"], head["sequence"])


@pytest.mark.req("REQ-60")
def test_three_receivers_play_the_next_rundown_of_a_server_restored_elsewhere(loa: World, tmp_path: Path) -> None:
    here, elsewhere = Ports.free(), Ports.free()
    lost = loa.server("lost", ports=here, others=(elsewhere.address,))
    lost.start()
    station = lost.station()
    villages = {name: loa.village(lost, station, name, "vi") for name in ("ban-1", "ban-2", "ban-3")}
    for village in villages.values():
        village.start()
    item = lost.item(vi=recording(tmp_path, seconds=3.0))
    for village in villages.values():
        until(partial(online, lost, village), what="online")
    lost.command("backup", str(tmp_path / "yesterday"), "--data", str(lost.data))
    # What the lost server still said after the backup: the restored one must outrun it.
    for hour in range(3):
        lost.place(station, str(item["id"]), in_seconds=86_400 * (hour + 30))
        lost.place(station, str(item["id"]), in_seconds=3600 * (hour + 1))
    fetched(villages)
    before = lost.get(f"/stations/{station}/rundown")["head"]
    lost.program.kill()

    restored = loa.server("restored", ports=elsewhere, others=(here.address,))
    done = subprocess.run(
        [
            PROGRAMS / "loa-server",
            "restore",
            str(tmp_path / "yesterday"),
            "--root-key",
            lost.secrets["root_key"],
            "--data",
            str(restored.data),
        ],
        env={
            **os.environ,
            **restored.environment(),
            "LOA_RECOVERY_PASSPHRASE": lost.secrets["recovery_passphrase"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    restored.secrets = lost.secrets
    restored.start()
    for village in villages.values():
        until(partial(online, restored, village), seconds=60, what="online at the restored server")
    starts = restored.place(station, str(item["id"]), in_seconds=12)
    after = restored.get(f"/stations/{station}/rundown")["head"]
    for village in villages.values():
        until(partial(follows, restored, village, after), seconds=11, what="the new epoch's rundown in force")
    assert after["epoch"] > before["epoch"]
    assert after["sequence"] < before["sequence"]
    wait_for(starts, and_seconds=4.5)
    asset = asset_of(restored, item, "vi")
    for village in villages.values():
        sound = heard(village.folder / "heard.wav", asset)
        assert sound.likeness > LIKE
        assert abs(sound.started - starts) < MILLISECOND + village.clock_error()
    rows = until(lambda: len(found := journal(restored)) == 3 and found, what="three as-run rows")
    assert {row["result"] for row in rows} == {"complete"}
