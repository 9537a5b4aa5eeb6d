"""A one-time code becomes a receiver's identity (REQ-26)."""

import asyncio
import secrets
from typing import Any

import pytest

from protocol import enrolment, topics
from protocol.messages import Config, ConnectionState, Presence
from protocol.signing import Trust
from server.bus.models import PublishedState
from server.clusters.access import credential_lookup
from server.clusters.listening import take_presence
from tests.server.world import World

NONCE = "0123456789abcdef" * 2


async def code_for(loa: World, cluster: str) -> str:
    return str((await loa.post(f"/clusters/{cluster}/enrolment-code"))["code"])


def request(code: str, certificate_sha256: str, *, version: str = "0.1.0") -> dict[str, Any]:
    letters = enrolment.normalised(code)
    proof = enrolment.proof(
        enrolment.key_of(letters), side="receiver", nonce=NONCE, certificate_sha256=certificate_sha256, content=version
    )
    return {
        "code_id": enrolment.lookup_id(letters),
        "nonce": NONCE,
        "certificate_sha256": certificate_sha256,
        "software_version": version,
        "proof": proof,
    }


async def enrol(loa: World, code: str, *, status: int = 200) -> dict[str, Any]:
    body = request(code, loa.parts.authority.certificate_sha256())
    answer = await loa.client.post("/api/receiver/enrol", json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


@pytest.mark.req("REQ-26")
async def test_a_code_gives_an_identity_that_works_and_a_signed_configuration(loa: World) -> None:
    station = await loa.station()
    cluster = await loa.cluster(station, plan=("hmn", "vi"))
    code = await code_for(loa, cluster)
    reply = await enrol(loa, code)
    expected = enrolment.proof(
        enrolment.key_of(enrolment.normalised(code)),
        side="server",
        nonce=NONCE,
        certificate_sha256=loa.parts.authority.certificate_sha256(),
        content=reply["identity"],
    )
    assert reply["proof"] == expected
    identity = enrolment.Identity.model_validate_json(reply["identity"])
    assert (identity.cluster, identity.station) == (cluster, station)

    headers = {"Authorization": f"Bearer {cluster}.{identity.secret}"}
    answer = await loa.client.get("/api/receiver/time", params={"nonce": NONCE}, headers=headers)
    assert answer.status_code == 200

    async with loa.parts.reading() as session:
        state = await session.get(PublishedState, topics.config(cluster))
    assert state
    trust = Trust(identity.roots)
    config = trust.verify(state.payload, Config, audience=topics.config(cluster), now=loa.clock.now()).body
    assert config.language_plan == ("hmn", "vi")


@pytest.mark.req("REQ-26")
async def test_a_code_works_once(loa: World) -> None:
    code = await code_for(loa, await loa.cluster(await loa.station()))
    await enrol(loa, code)
    assert (await enrol(loa, code, status=403))["slug"] == "code-used"


@pytest.mark.req("REQ-26")
async def test_a_code_that_is_wrong_or_over_is_refused(loa: World) -> None:
    cluster = await loa.cluster(await loa.station())
    unknown = enrolment.code_from(secrets.token_bytes(10))
    assert (await enrol(loa, unknown, status=403))["slug"] == "code-wrong"
    code = await code_for(loa, cluster)
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert (await enrol(loa, mistyped, status=403))["slug"] == "code-wrong"
    await loa.clock.advance(25 * 3600)
    assert (await enrol(loa, code, status=403))["slug"] == "code-expired"


async def test_guessing_is_slowed_and_blocks_nobody_elses_code(loa: World) -> None:
    code = await code_for(loa, await loa.cluster(await loa.station()))
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
    for _ in range(5):
        await enrol(loa, mistyped, status=403)
    assert (await enrol(loa, mistyped, status=429))["slug"] == "too-many-attempts"
    await loa.clock.advance(10)
    await enrol(loa, code)


async def test_of_two_receivers_with_one_code_one_gets_in(loa: World) -> None:
    code = await code_for(loa, await loa.cluster(await loa.station()))
    body = request(code, loa.parts.authority.certificate_sha256())
    answers = await asyncio.gather(*(loa.client.post("/api/receiver/enrol", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]


async def test_a_new_receiver_begins_above_the_sessions_of_the_one_it_replaces(loa: World) -> None:
    cluster = await loa.cluster(await loa.station())
    await enrol(loa, await code_for(loa, cluster))
    assert loa.parts.revoked.empty()
    await take_presence(
        loa.parts, cluster, Presence(session=41, state=ConnectionState.ONLINE).model_dump_json().encode()
    )
    identity = enrolment.Identity.model_validate_json((await enrol(loa, await code_for(loa, cluster)))["identity"])
    assert identity.first_session == 42
    assert loa.parts.revoked.get_nowait() == cluster
    await take_presence(
        loa.parts, cluster, Presence(session=42, state=ConnectionState.ONLINE).model_dump_json().encode()
    )
    assert (await loa.get(f"/clusters/{cluster}"))["connection"] == "online"


async def test_a_newer_code_makes_the_older_one_worthless(loa: World) -> None:
    cluster = await loa.cluster(await loa.station())
    older, newer = await code_for(loa, cluster), await code_for(loa, cluster)
    await enrol(loa, older, status=403)
    await enrol(loa, newer)


async def test_a_proof_over_another_certificate_is_refused(loa: World) -> None:
    """Whoever stands between receiver and server shows a certificate of its own."""
    code = await code_for(loa, await loa.cluster(await loa.station()))
    answer = await loa.client.post("/api/receiver/enrol", json=request(code, "ab" * 32))
    assert (answer.status_code, answer.json()["slug"]) == (403, "code-wrong")


@pytest.mark.req("REQ-26")
async def test_unknown_receivers_get_nothing(loa: World) -> None:
    cluster = await loa.cluster(await loa.station())
    for bearer in ("", f"Bearer {cluster}.", f"Bearer {cluster}.guess", "Bearer c-unknown0.guess", "Basic eDp5"):
        for path in (f"/api/assets/{'0' * 64}", f"/api/receiver/time?nonce={NONCE}"):
            answer = await loa.client.get(path, headers={"Authorization": bearer})
            assert (answer.status_code, answer.json()["slug"]) == (401, "unknown-receiver")
        answer = await loa.client.post("/api/receiver/journal", json={}, headers={"Authorization": bearer})
        assert answer.status_code == 401


@pytest.mark.req("REQ-56")
async def test_a_revoked_receiver_is_shut_out_at_once(loa: World) -> None:
    cluster = await loa.cluster(await loa.station())
    reply = await enrol(loa, await code_for(loa, cluster))
    secret = enrolment.Identity.model_validate_json(reply["identity"]).secret
    headers = {"Authorization": f"Bearer {cluster}.{secret}"}
    lookup = credential_lookup(loa.parts.reading)
    assert await lookup(cluster)
    assert (await loa.client.delete(f"/api/v1/clusters/{cluster}/credential")).status_code == 204
    answer = await loa.client.get("/api/receiver/time", params={"nonce": NONCE}, headers=headers)
    assert answer.status_code == 401
    assert await lookup(cluster) is None
    assert loa.parts.revoked.get_nowait() == cluster


async def test_a_new_receiver_takes_the_place_of_the_old_one(loa: World) -> None:
    cluster = await loa.cluster(await loa.station())
    old = enrolment.Identity.model_validate_json((await enrol(loa, await code_for(loa, cluster)))["identity"])
    new = enrolment.Identity.model_validate_json((await enrol(loa, await code_for(loa, cluster)))["identity"])
    for identity, status in ((old, 401), (new, 200)):
        headers = {"Authorization": f"Bearer {cluster}.{identity.secret}"}
        answer = await loa.client.get("/api/receiver/time", params={"nonce": NONCE}, headers=headers)
        assert answer.status_code == status


async def test_a_credential_names_its_own_topics_and_no_other(loa: World) -> None:
    station = await loa.station()
    cluster = await loa.cluster(station)
    await enrol(loa, await code_for(loa, cluster))
    credential = await credential_lookup(loa.parts.reading)(cluster)
    assert credential
    assert credential.client_id == cluster
    assert credential.publish == (f"loa/v1/cluster/{cluster}/presence", f"loa/v1/cluster/{cluster}/status")
    assert credential.subscribe == (
        f"loa/v1/station/{station}/rundown",
        f"loa/v1/cluster/{cluster}/config",
        "loa/v1/server/state",
    )
