"""What a receiver knows when it starts, from its own disk; so it plays on time with no network at all (REQ-31).

What lies on the disk is believed only as far as its signature holds. Its expiry is not asked again: it was taken in
time, and a week-old rundown is better than silence.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from protocol import rundown, topics
from protocol.enrolment import Identity
from protocol.errors import MessageRefused
from protocol.freshness import Mark
from protocol.messages import Config, RundownHead
from protocol.signing import Body, Signed, Trust
from receiver import agenda, asrun
from receiver.errors import StoreFailed
from receiver.events import Effect, FetchBody, Note, UseAddresses, Want
from receiver.instants import index_of
from receiver.state import HeldHead, State
from receiver.store import Store

KEEP_FINISHED = timedelta(days=30)
"""Longer than any rundown reaches back."""
_BEFORE_EVERYTHING = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger()


def recollected(identity: Identity, store: Store, *, held: frozenset[str], now: datetime) -> tuple[State, list[Effect]]:
    """The state to begin with, and what is to be done about it first. Raises StoreFailed."""
    _tidy(store, now)
    messages = store.messages()
    state = State(
        cluster=identity.cluster,
        station=identity.station,
        trust=Trust(identity.roots),
        since=store.first_start(now),
        started=now,
        held=held,
        marks={audience: mark for audience, (mark, _) in messages.items()},
        finished=store.finished(),
        rows={key: asrun.recovered(row) for key, row in store.open_rows().items()},
    )
    state = replace(state, begun=frozenset(state.rows))
    effects: list[Effect] = [Note(now, "started", "")]
    config_topic, rundown_topic = topics.config(state.cluster), topics.rundown(state.station)
    if known := messages.get(config_topic):
        state, more = _with_config(state, known[1], config_topic)
        effects += more
    if known := messages.get(rundown_topic):
        newest = _head(state, known[1], rundown_topic)
        state = replace(state, newest=newest)
    state = _with_rundown(state, store.rundown(), rundown_topic, now)
    if state.newest and state.newest != state.in_force:
        effects.append(FetchBody(state.newest.head))
    effects.append(Want(agenda.wanted(state.cues, index_of(now))))
    return state, effects


def _tidy(store: Store, now: datetime) -> None:
    try:
        store.forget_finished(now - KEEP_FINISHED)
    except StoreFailed as error:
        log.warning("store-not-tidied", detail=str(error))  # A full disk must not keep the week from being played.


def _with_config(state: State, payload: bytes, topic: str) -> tuple[State, list[Effect]]:
    signed = _verified(state, payload, Config, topic)
    if signed is None:
        return state, []
    return replace(state, config=signed.body), [UseAddresses(signed.body.addresses)]


def _with_rundown(state: State, kept: tuple[bytes, bytes] | None, topic: str, now: datetime) -> State:
    head = _head(state, kept[0], topic) if kept else None
    if kept is None or head is None:
        return state
    try:
        plan = rundown.unpack(kept[1], head.head)
    except MessageRefused as refusal:
        log.warning("rundown-unreadable", detail=str(refusal))
        return state
    if state.newest and state.newest.head.sha256 == head.head.sha256:
        head = state.newest
    cues = agenda.cues(plan, state.config) if state.config else ()
    return replace(state, in_force=head, in_force_since=now, rundown=plan, cues=cues)


def _head(state: State, payload: bytes, topic: str) -> HeldHead | None:
    signed = _verified(state, payload, RundownHead, topic)
    return HeldHead(signed.body, Mark(signed.epoch, signed.sequence), payload) if signed else None


def _verified(state: State, payload: bytes, kind: type[Body], topic: str) -> Signed[Body] | None:
    try:
        return state.trust.verify(payload, kind, audience=topic, now=_BEFORE_EVERYTHING)
    except MessageRefused as refusal:
        log.warning("kept-message-refused", audience=topic, detail=str(refusal))
        return None
