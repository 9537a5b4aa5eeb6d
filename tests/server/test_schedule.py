"""Placing broadcasts, and the rundown that comes of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from protocol import topics
from protocol.messages import Asset, Occurrence, Rundown, Version
from server.bus.models import PublishedState
from server.programmes.models import ItemVersion
from server.schedule import publication
from server.schedule.rundown import overlaps
from tests.server.world import World

MINUTE = 60 * 48_000


async def item(loa: World, **minutes: int) -> str:
    """An item whose versions last so many minutes; its assets are named, not made."""
    made = await loa.post("/items", title="Giảm nghèo bền vững")
    async with loa.parts.work() as session:
        for number, (language, length) in enumerate(minutes.items()):
            session.add(
                ItemVersion(
                    id=f"v-{number}{made['id'][2:]}",
                    item_id=made["id"],
                    language=language,
                    file_name=f"{language}.wav",
                    original_sha256="0" * 64,
                    asset_sha256=f"{number}" * 64,
                    asset_bytes=1000,
                    asset_samples=length * MINUTE,
                    report={"before": {}, "after": {}, "gain_db": 0.0, "warnings": []},
                    created=loa.clock.now(),
                )
            )
    return str(made["id"])


async def rundown(loa: World, station: str) -> tuple[dict[str, Any], Rundown]:
    shown = await loa.get(f"/stations/{station}/rundown")
    return shown["head"], Rundown.model_validate(shown["rundown"])


async def test_a_slot_becomes_an_occurrence_in_every_language_of_the_station(loa: World) -> None:
    station = await loa.station()
    thai = await loa.cluster(station, "cụm 01", ("blt", "vi"))
    mong = await loa.cluster(station, "cụm 02", ("hmn",))
    dao = await loa.cluster(station, "cụm 03", ("ium",))
    tin = await item(loa, vi=6, blt=7, hmn=5)
    slot = await loa.post("/slots", station=station, item=tin, starts="2026-11-23T05:30:00")
    _, found = await rundown(loa, station)
    [occurrence] = found.occurrences
    assert occurrence.id == f"{slot['id']}@2026-11-23"
    assert occurrence.start.isoformat() == "2026-11-22T22:30:00+00:00"
    assert occurrence.end - occurrence.start == timedelta(minutes=13)
    languages = {
        c: [v.language for v in occurrence.versions_of(c, p)]
        for c, p in ((thai, ("blt", "vi")), (mong, ("hmn",)), (dao, ("ium",)))
    }
    assert languages == {thai: ["blt", "vi"], mong: ["hmn"], dao: ["vi"]}


async def test_a_change_makes_the_next_sequence_and_the_same_week_does_not(loa: World) -> None:
    station = await loa.station()
    await loa.cluster(station)
    tin = await item(loa, vi=5)
    slot = await loa.post("/slots", station=station, item=tin, starts="2026-11-23T05:30:00")
    first, _ = await rundown(loa, station)
    await loa.post("/slots", station=station, item=tin, starts="2027-03-01T05:30:00")
    assert (await rundown(loa, station))[0] == first
    assert (await loa.client.delete(f"/api/v1/slots/{slot['id']}")).status_code == 204
    second, emptied = await rundown(loa, station)
    assert second["sequence"] == first["sequence"] + 1
    assert emptied.occurrences == ()


async def test_what_overlaps_is_refused_and_leaves_nothing(loa: World) -> None:
    station = await loa.station()
    one, other = await loa.cluster(station, "cụm 01"), await loa.cluster(station, "cụm 02")
    tin = await item(loa, vi=5)
    await loa.post("/slots", station=station, item=tin, starts="2026-11-23T05:30:00", clusters=[one])
    problem = await loa.post("/slots", 409, station=station, item=tin, starts="2026-11-23T05:34:59")
    assert problem["slug"] == "slot-conflict"
    assert "05:30:00 đến 05:35:00" in problem["detail"]
    await loa.post("/slots", station=station, item=tin, starts="2026-11-23T05:34:59", clusters=[other])
    await loa.post("/slots", station=station, item=tin, starts="2026-11-23T05:40:00")
    assert len((await loa.get(f"/slots?station={station}"))["items"]) == 3


async def test_far_ahead_overlaps_are_found_too(loa: World) -> None:
    station = await loa.station()
    await loa.cluster(station)
    tin = await item(loa, vi=5)
    await loa.post("/slots", station=station, item=tin, starts="2027-03-01T05:30:00")
    assert (await loa.post("/slots", 409, station=station, item=tin, starts="2027-03-01T05:30:00"))["status"] == 409


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"starts": "2026-11-20T05:30:00"}, "in-the-past"),
        ({"clusters": ["c-00000000"]}, "foreign-cluster"),
        ({"priority": "urgent"}, "invalid-fields"),
        ({"station": "s-00000000"}, "not-found"),
        ({"item": "i-00000000"}, "not-found"),
        ({"starts": "half past five"}, "invalid-fields"),
        ({"colour": "red"}, "invalid-fields"),
        ({"starts": "0001-01-01T00:00:00"}, "date-out-of-range"),
        ({"starts": "9999-12-31T23:59:59-14:00"}, "date-out-of-range"),
        ({"starts": "9999-12-25T00:00:00"}, "too-far-ahead"),
    ],
)
async def test_a_slot_that_cannot_be_is_refused_with_a_sentence(loa: World, change: dict[str, Any], slug: str) -> None:
    station = await loa.station()
    await loa.cluster(station)
    body = {"station": station, "item": await item(loa, vi=5), "starts": "2026-11-23T05:30:00", **change}
    answer = await loa.client.post("/api/v1/slots", json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["slug"], problem["status"]) == (slug, answer.status_code)
    assert problem["detail"]
    assert problem["detail_en"]
    assert (await loa.get("/slots"))["items"] == []


async def test_an_item_without_a_recording_cannot_be_placed(loa: World) -> None:
    station = await loa.station()
    await loa.cluster(station)
    problem = await loa.post("/slots", 422, station=station, item=await item(loa), starts="2026-11-23T05:30:00")
    assert problem["slug"] == "nothing-to-play"


@pytest.mark.req("REQ-01")
async def test_a_slot_has_one_of_exactly_three_priorities(loa: World) -> None:
    station = await loa.station()
    await loa.cluster(station)
    tin = await item(loa, vi=5)
    for hour, priority in enumerate(("emergency", "priority", "normal")):
        starts = f"2026-11-23T{hour:02}:00:00"
        made = await loa.post("/slots", station=station, item=tin, starts=starts, priority=priority)
        assert made["priority"] == priority


async def test_the_rundown_of_a_new_day_is_compiled_and_signed_anew(loa: World) -> None:
    station = await loa.station()
    await loa.cluster(station)
    await loa.post("/slots", station=station, item=await item(loa, vi=5), starts="2026-12-01T05:30:00")
    _, today = await rundown(loa, station)
    assert today.occurrences == ()
    await loa.clock.advance(timedelta(days=3).total_seconds())
    async with loa.parts.work() as session:
        await publication.compile_all(session, loa.parts, now=loa.clock.now())
        state = await session.get(PublishedState, topics.rundown(station))
        assert state
        assert not state.delivered
    async with loa.parts.work() as session:
        await publication.compile_all(session, loa.parts, now=loa.clock.now())
    head, later = await rundown_with_login(loa, station)
    assert len(later.occurrences) == 1
    assert head["sequence"] == 2


async def rundown_with_login(loa: World, station: str) -> tuple[dict[str, Any], Rundown]:
    login = {"name": "admin", "password": loa.secrets.admin_password}
    token = (await loa.client.post("/api/v1/login", json=login)).json()["token"]
    loa.client.headers["Authorization"] = f"Bearer {token}"
    return await rundown(loa, station)


async def test_of_two_officers_who_take_the_same_time_at_once_one_is_refused(loa: World) -> None:
    station = await loa.station()
    await loa.cluster(station)
    body = {"station": station, "item": await item(loa, vi=5), "starts": "2026-11-23T05:30:00"}
    answers = await asyncio.gather(*(loa.client.post("/api/v1/slots", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    _, found = await rundown(loa, station)
    assert len(found.occurrences) == 1


async def test_overlaps_across_the_weeks_edge_are_found(loa: World) -> None:
    station = await loa.station()
    await loa.cluster(station)
    tin = await item(loa, vi=5)
    await loa.post("/slots", station=station, item=tin, starts="2026-11-29T00:00:02")
    await loa.post("/slots", 409, station=station, item=tin, starts="2026-11-28T23:56:00")


def test_pairs_that_overlap_are_told_once() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    asset = Asset(sha256="0" * 64, bytes=1, samples=10 * MINUTE)
    made = [
        Occurrence(
            id=f"t-{number}",
            title="x",
            start=start + timedelta(minutes=at),
            end=start + timedelta(minutes=at + 10),
            original="vi",
            versions=(Version(language="vi", offset_samples=0, asset=asset),),
        )
        for number, at in enumerate((0, 5, 20))
    ]
    assert [(one.id, other.id) for one, other in overlaps(made)] == [("t-0", "t-1")]
