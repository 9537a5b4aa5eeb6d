"""The journal: every row arrives once, whatever is repeated."""

import pytest

from protocol.enrolment import Identity
from protocol.messages import AsRun, Event, JournalUpload, Result
from tests.server.test_enrolment import code_for, enrol
from tests.server.world import NOW, World

ROW = AsRun(
    id="0" * 32,
    occurrence="t-7k3m9q2x@2026-11-23",
    title="Giảm nghèo bền vững",
    language="hmn",
    sha256="1" * 64,
    planned_start=NOW,
    planned_end=NOW,
    started=NOW,
    ended=NOW,
    result=Result.COMPLETE,
    volume=70,
)
EVENT = Event(id="2" * 32, at=NOW, kind="started", detail="")


async def receiver(loa: World) -> dict[str, str]:
    cluster = await loa.cluster(await loa.station())
    reply = await enrol(loa, await code_for(loa, cluster))
    identity = Identity.model_validate_json(reply["identity"])
    return {"Authorization": f"Bearer {cluster}.{identity.secret}"}


@pytest.mark.req("REQ-42")
async def test_an_upload_that_is_repeated_is_stored_once(loa: World) -> None:
    headers = await receiver(loa)
    body = JournalUpload(as_run=(ROW,), events=(EVENT,)).model_dump(mode="json")
    for _ in range(3):
        assert (await loa.client.post("/api/receiver/journal", json=body, headers=headers)).status_code == 200
    [row] = (await loa.get("/journal"))["items"]
    assert (row["language"], row["result"], row["cluster"]["station_name"]) == ("hmn", "complete", "Đài Tà Hừa")
    assert [event["kind"] for event in (await loa.get("/receiver-events"))["items"]] == ["started"]


async def test_rows_are_found_by_occurrence_and_cluster(loa: World) -> None:
    headers = await receiver(loa)
    other = ROW.model_copy(update={"id": "3" * 32, "occurrence": "t-00000000@2026-11-24"})
    body = JournalUpload(as_run=(ROW, other)).model_dump(mode="json")
    await loa.client.post("/api/receiver/journal", json=body, headers=headers)
    found = (await loa.get(f"/journal?occurrence={ROW.occurrence}"))["items"]
    assert [row["id"] for row in found] == [ROW.id]
    assert (await loa.get("/journal?cluster=c-00000000"))["items"] == []
    assert len((await loa.get("/journal?limit=1"))["items"]) == 1


async def test_rows_that_are_none_are_refused(loa: World) -> None:
    headers = await receiver(loa)
    answer = await loa.client.post("/api/receiver/journal", json={"as_run": [{"id": "x"}]}, headers=headers)
    assert (answer.status_code, answer.json()["slug"]) == (422, "invalid-fields")


@pytest.mark.req("REQ-42")
async def test_no_receiver_can_take_the_place_of_anothers_rows(loa: World) -> None:
    """Ids can be guessed by a neighbour; they count only together with the cluster that sent them."""
    station = await loa.station()
    for number in range(2):
        cluster = await loa.cluster(station, f"cụm {number}")
        reply = await enrol(loa, await code_for(loa, cluster))
        secret = Identity.model_validate_json(reply["identity"]).secret
        headers = {"Authorization": f"Bearer {cluster}.{secret}"}
        body = JournalUpload(as_run=(ROW,), events=(EVENT,)).model_dump(mode="json")
        assert (await loa.client.post("/api/receiver/journal", json=body, headers=headers)).status_code == 200
    assert len((await loa.get("/journal"))["items"]) == len((await loa.get("/receiver-events"))["items"]) == 2
