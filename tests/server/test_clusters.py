"""The registry of clusters, and whether a receiver is there."""

from datetime import UTC, datetime, timedelta

import pytest

from protocol.messages import ConnectionState, Presence
from server.clusters.liveness import after, connection
from tests.server.world import World

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.mark.req("REQ-25")
async def test_a_cluster_keeps_what_the_circular_asks_for(loa: World) -> None:
    province = await loa.post("/areas", name="Lai Châu", level="province")
    commune = await loa.post("/areas", name="Tà Hừa", level="commune", parent=province["id"])
    station = await loa.post("/stations", area=commune["id"], name="Đài truyền thanh xã Tà Hừa")
    village = await loa.post("/areas", name="Bản 1", level="village", parent=commune["id"])
    made = await loa.post(
        "/clusters",
        station=station["id"],
        area=village["id"],
        name="Tà Hừa, cụm 01",
        vendor="Loa",
        latitude=21.9,
        longitude=103.8,
        language_plan=["blt", "vi"],
    )
    shown = await loa.get(f"/clusters/{made['id']}")
    assert shown["area"]["path"] == "Lai Châu › Tà Hừa › Bản 1"
    assert {"id", "name", "type", "vendor", "area", "latitude", "longitude", "software_version"} <= set(shown)
    assert (shown["connection"], shown["enrolled"], shown["status"]) == ("never", False, None)
    assert (await loa.get("/clusters", 200))["items"] == [shown]


@pytest.mark.req("REQ-25")
async def test_cluster_ids_and_codes_are_unique(loa: World) -> None:
    station = await loa.station()
    for number in range(20):
        await loa.cluster(station, name=f"cụm {number:02}")
    found = (await loa.get("/clusters"))["items"]
    assert len({cluster["id"] for cluster in found}) == len({cluster["code"] for cluster in found}) == 20


@pytest.mark.req("REQ-24")
@pytest.mark.parametrize("volume", [-1, 101, "loud"])
async def test_a_volume_outside_0_to_100_is_refused(loa: World, volume: object) -> None:
    station = await loa.station()
    problem = await loa.post("/clusters", 422, station=station, name="x", language_plan=["vi"], volume=volume)
    assert problem["slug"] == "invalid-fields"
    assert problem["errors"][0]["field"] == "volume"


def test_a_will_of_an_older_session_says_nothing() -> None:
    assert not after(7, Presence(session=6, state=ConnectionState.LOST))
    assert after(7, Presence(session=7, state=ConnectionState.LOST))
    assert after(7, Presence(session=8, state=ConnectionState.ONLINE))


@pytest.mark.req("REQ-27")
def test_three_missed_reports_make_a_receiver_lost_whatever_it_said() -> None:
    assert connection("online", NOW, interval_s=60, now=NOW + timedelta(seconds=180)) == "online"
    assert connection("online", NOW, interval_s=60, now=NOW + timedelta(seconds=181)) == "lost"
    assert connection("lost", NOW, interval_s=60, now=NOW) == "lost"
    assert connection("offline", NOW, interval_s=60, now=NOW + timedelta(days=9)) == "offline"
    assert connection(None, None, interval_s=60, now=NOW) == "never"
