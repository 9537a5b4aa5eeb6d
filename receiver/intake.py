"""Which messages are taken, which refused (REQ-09, REQ-34). Pure.

What is refused changes nothing but its count, and is journalled once a minute for each reason.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import BaseModel, ValidationError

from protocol import rundown, topics
from protocol.errors import Malformed, MessageRefused, WrongAudience
from protocol.freshness import Mark, highest_epoch, is_new
from protocol.messages import Config, RundownHead, ServerState
from protocol.signing import Body, Signed
from receiver import agenda
from receiver.events import BodyCame, Effect, FetchBody, MessageCame, Note, Remember, RememberRundown, UseAddresses
from receiver.state import HeldHead, State

NOTE_INTERVAL = timedelta(minutes=1)

Outcome = tuple[State, list[Effect]]


def message(state: State, event: MessageCame, now: datetime) -> Outcome:
    try:
        if event.topic == topics.rundown(state.station):
            return _head(state, event, now)
        if event.topic == topics.config(state.cluster):
            return _config(state, event, now)
        if event.topic == topics.server_state():
            return _server_state(state, event)
        raise WrongAudience(f"nothing is expected on {event.topic[:100]}")
    except MessageRefused as refusal:
        return refused(state, refusal, now)


def body(state: State, event: BodyCame, now: datetime) -> Outcome:
    """The rundown behind the newest head; one that was asked for by an older head is of no use any more."""
    newest = state.newest
    if newest is None or newest.head.sha256 != event.sha256:
        return state, []
    try:
        plan = rundown.unpack(event.packed, newest.head)
    except MessageRefused as refusal:
        return refused(state, refusal, now)
    cues = agenda.cues(plan, state.config) if state.config else ()
    state = replace(state, in_force=newest, in_force_since=now, rundown=plan, cues=cues)
    return state, [RememberRundown(newest.payload, event.packed)]


def noted(state: State, kind: str, detail: str, now: datetime) -> Outcome:
    """Journal an event, unless the same kind was journalled within the last minute."""
    last = state.noted.get(kind)
    if last is not None and timedelta(0) <= now - last < NOTE_INTERVAL:
        return state, []
    return replace(state, noted={**state.noted, kind: now}), [Note(now, kind, detail[:500])]


def refused(state: State, refusal: MessageRefused, now: datetime) -> Outcome:
    counts = {**state.refused, refusal.slug: state.refused.get(refusal.slug, 0) + 1}
    return noted(replace(state, refused=counts), f"refused-{refusal.slug}", str(refusal), now)


def _head(state: State, event: MessageCame, now: datetime) -> Outcome:
    signed = _new(state, event, RundownHead, now)
    if signed is None:
        return state, []
    if signed.body.station != state.station:
        raise WrongAudience(f"a rundown of {signed.body.station}")
    mark = Mark(signed.epoch, signed.sequence)
    held = HeldHead(signed.body, mark, event.payload)
    state = replace(state, newest=held, marks={**state.marks, event.topic: mark})
    effects: list[Effect] = [Remember(event.topic, mark, event.payload)]
    if state.in_force and state.in_force.head.sha256 == held.head.sha256:
        return replace(state, in_force=held), effects
    return state, [*effects, FetchBody(held.head)]


def _config(state: State, event: MessageCame, now: datetime) -> Outcome:
    signed = _new(state, event, Config, now)
    if signed is None:
        return state, []
    config = signed.body
    if (config.cluster, config.station) != (state.cluster, state.station):
        raise WrongAudience(f"a config of {config.cluster} at {config.station}")
    mark = Mark(signed.epoch, signed.sequence)
    cues = agenda.cues(state.rundown, config) if state.rundown else ()
    state = replace(state, config=config, cues=cues, marks={**state.marks, event.topic: mark})
    return state, [Remember(event.topic, mark, event.payload), UseAddresses(config.addresses)]


def _server_state(state: State, event: MessageCame) -> Outcome:
    """Not signed, so it may change nothing here; it is read only so that nonsense is counted."""
    _read(event.payload, ServerState)
    return state, []


def _new(state: State, event: MessageCame, kind: type[Body], now: datetime) -> Signed[Body] | None:
    """The message, when it is signed, for us, in time and newer than what is known; None for what is known."""
    signed = state.trust.verify(event.payload, kind, audience=event.topic, now=now)
    mark = Mark(signed.epoch, signed.sequence)
    known = state.marks.get(event.topic)
    return signed if is_new(mark, known=known, highest_epoch=highest_epoch(state.marks)) else None


def _read(payload: bytes, kind: type[BaseModel]) -> None:
    if len(payload) > topics.MAX_PAYLOAD_BYTES:
        raise Malformed(f"{len(payload)} bytes are more than a message may have")
    try:
        kind.model_validate_json(payload)
    except ValidationError as error:
        raise Malformed(f"not a {kind.__name__}") from error
