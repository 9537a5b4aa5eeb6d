"""Enrolment: a one-time code becomes a receiver's identity (REQ-26)."""

import secrets
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from protocol import enrolment as protocol
from protocol.errors import EnrolmentRefused
from server.clusters import config, store
from server.clusters.models import ClusterState, Credential, EnrolmentCode
from server.errors import Forbidden, Problem
from server.trust.tokens import new_token, token_sha256
from server.wiring import Wiring

log = structlog.get_logger()


async def new_code(session: AsyncSession, parts: Wiring, cluster: str, *, now: datetime) -> tuple[str, datetime]:
    """A code for `cluster` and when it ends; it is shown once, and only what proves it is kept."""
    await store.one(session, cluster)
    await store.give_up_codes(session, cluster, now=now)
    code = protocol.code_from(secrets.token_bytes(protocol.CODE_BYTES))
    while await store.code(session, protocol.lookup_id(code)):
        code = protocol.code_from(secrets.token_bytes(protocol.CODE_BYTES))
    letters = protocol.normalised(code)
    expires = now + timedelta(hours=parts.settings.enrolment_code_hours)
    row = EnrolmentCode(
        code_id=protocol.lookup_id(letters),
        cluster_id=cluster,
        key=protocol.key_of(letters),
        created=now,
        expires=expires,
    )
    session.add(row)
    log.info("enrolment code made", cluster=cluster)
    return code, expires


def refused(slug: str, vi: str, en: str) -> Problem:
    return Forbidden(slug, f"{vi} Hãy xin mã mới ở đài.", f"{en} Ask the station for a new one.")


async def enrol(
    parts: Wiring, request: protocol.EnrolRequest, *, address: str, now: datetime
) -> tuple[protocol.EnrolReply, str | None]:
    """The reply, and the cluster whose former receiver is to be disconnected.

    Raises Forbidden for a code that is wrong, used, over, or proved on another connection than ours.

    Guessing is slowed by address. It never blocks a code: 60 bits that are not shown cannot be guessed, but anybody
    could block codes by guessing.
    """
    parts.attempts.begin(address, "enrol", now_s=parts.clock.monotonic())
    async with parts.reading() as session:
        known = await store.code(session, request.code_id)
    if problem := _problem_with(known, request, parts, now=now):
        log.warning("enrolment refused", code_id=request.code_id, slug=problem.slug, address=address)
        raise problem
    parts.attempts.succeeded(address, "enrol")
    async with parts.work() as session:
        row = await store.code(session, request.code_id, hold=True)
        problem = _problem_with(row, request, parts, now=now)
        if problem is None:
            assert row is not None
            replaces = await store.with_credential(session, row.cluster_id) is not None
            reply = await _accept(session, parts, row, request, now=now)
    if problem:
        log.warning("enrolment refused", code_id=request.code_id, slug=problem.slug)
        raise problem
    parts.outbox_nudge.set()
    assert row is not None
    log.info("receiver enrolled", cluster=row.cluster_id)
    return reply, row.cluster_id if replaces else None


def _problem_with(
    row: EnrolmentCode | None, request: protocol.EnrolRequest, parts: Wiring, *, now: datetime
) -> Problem | None:
    if row is None:
        return refused("code-wrong", "Mã kích hoạt không đúng.", "The enrolment code is not right.")
    if row.used is not None:
        return refused("code-used", "Mã kích hoạt đã được dùng.", "The enrolment code has been used.")
    if row.expires <= now:
        return refused("code-expired", "Mã kích hoạt đã hết hạn.", "The enrolment code is over.")
    assert row.key is not None, "erased only when used"
    expected = protocol.proof(
        row.key,
        side="receiver",
        nonce=request.nonce,
        certificate_sha256=parts.authority.certificate_sha256(),
        content=request.software_version,
    )
    try:
        protocol.check(request.proof, expected)
    except EnrolmentRefused:
        return refused("code-wrong", "Mã kích hoạt không đúng.", "The enrolment code is not right.")
    return None


async def _accept(
    session: AsyncSession, parts: Wiring, row: EnrolmentCode, request: protocol.EnrolRequest, *, now: datetime
) -> protocol.EnrolReply:
    found = await store.one(session, row.cluster_id)
    secret = new_token()
    await store.revoke(session, row.cluster_id)
    session.add(Credential(cluster_id=row.cluster_id, secret_sha256=token_sha256(secret), created=now))
    state = found.state or ClusterState(cluster_id=row.cluster_id, session=0)
    state.connection, state.last_heard, state.software_version = "offline", now, request.software_version
    state.status = None
    session.add(state)
    await config.publish(session, parts, found.cluster, found.station, now=now)
    identity = protocol.Identity(
        cluster=found.cluster.id,
        station=found.station.id,
        name=found.cluster.name,
        secret=secret,
        roots=tuple(parts.keys.roots()),
        ca_pem=parts.authority.ca_certificate.read_text(),
        addresses=parts.settings.advertised,
        first_session=state.session + 1,
    )
    content = identity.model_dump_json()
    assert row.key is not None
    proof = protocol.proof(
        row.key,
        side="server",
        nonce=request.nonce,
        certificate_sha256=request.certificate_sha256,
        content=content,
    )
    row.used, row.key = now, None
    return protocol.EnrolReply(identity=content, proof=proof)
