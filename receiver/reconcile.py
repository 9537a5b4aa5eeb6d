"""`step(state, event, now) -> (state, effects)`: what should be, from what is known. Pure.

Nothing here waits, reads or writes; the shell (receiver.conductor) performs the effects in their order.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from protocol.messages import AsRun
from receiver import agenda, asrun, intake
from receiver.agenda import Cue
from receiver.asrun import Reason
from receiver.events import (
    AssetHeld,
    AssetLost,
    BodyCame,
    Effect,
    Event,
    FaultSeen,
    FinishRow,
    LinkChanged,
    MessageCame,
    Play,
    Report,
    SaveRow,
    SoundEnded,
    SoundStarted,
    Tick,
    Want,
)
from receiver.instants import index_of
from receiver.state import State

HORIZON = timedelta(minutes=15)
"""How far ahead the player is told what comes."""
GRACE = timedelta(seconds=2)
"""How long after its end an item is settled, so that the player's last word comes first."""

Outcome = tuple[State, list[Effect]]


def step(state: State, event: Event, now: datetime) -> Outcome:
    after, effects = _heed(state, event, now)
    after, more = _plan(after, now)
    effects += more
    if after.cues is not state.cues or isinstance(event, AssetLost):
        effects.append(Want(agenda.wanted(after.cues, index_of(now))))
    if _told(after) != _told(state):
        effects.append(Report())
    return after, effects


def _heed(state: State, event: Event, now: datetime) -> Outcome:  # noqa: PLR0911 -- One return a kind of event.
    match event:
        case MessageCame():
            return intake.message(state, event, now)
        case BodyCame():
            return intake.body(state, event, now)
        case SoundStarted():
            return _started(state, event)
        case SoundEnded():
            return _ended(state, event, now)
        case FaultSeen(kind, detail):
            return intake.noted(state, kind, detail, now)
        case Tick():
            return _settle(state, now)
        case AssetHeld() | AssetLost() | LinkChanged():
            return _known(state, event), []


def _known(state: State, event: AssetHeld | AssetLost | LinkChanged) -> State:
    if isinstance(event, AssetHeld):
        return replace(state, held=state.held | {event.sha256})
    if isinstance(event, AssetLost):
        return replace(state, held=state.held - {event.sha256})
    return replace(state, linked=event.up, session=event.session)


def _plan(state: State, now: datetime) -> Outcome:
    """Who has the air from now on; the player hears of it when it changes."""
    if state.config is None:
        return state, []
    line = agenda.timeline(
        state.cues, held=state.held, begun=state.begun, now=index_of(now), until=index_of(now + HORIZON)
    )
    if line == state.line and state.config.volume == state.volume:
        return state, []
    return replace(state, line=line, volume=state.config.volume), [Play(line, state.config.volume)]


def _started(state: State, event: SoundStarted) -> Outcome:
    cue = _cue(state, event.key)
    if cue is None or event.key in state.finished:
        return replace(state, sounding=event.key), []
    known = state.rows.get(event.key)
    volume = state.volume or 0
    row = (
        asrun.resumed(known)
        if known
        else asrun.opened(cue, cluster=state.cluster, started=event.at, position=event.position, volume=volume)
    )
    state = replace(state, sounding=event.key, begun=state.begun | {event.key}, rows={**state.rows, event.key: row})
    return state, [SaveRow(event.key, row.row)]


def _ended(state: State, event: SoundEnded, now: datetime) -> Outcome:
    """Another cue may sound already: a cut fades out while the next begins."""
    state = replace(state, sounding=None if state.sounding == event.key else state.sounding)
    row = state.rows.get(event.key)
    if row is None:
        return state, []
    if event.whole:
        return _finish(state, event.key, asrun.completed(row, at=event.at, underruns=event.underruns))
    row = asrun.broken(row, at=event.at, reason=_why_cut(state, event.key, now))
    return replace(state, rows={**state.rows, event.key: row}), [SaveRow(event.key, row.row)]


def _why_cut(state: State, key: str, now: datetime) -> Reason:
    if _cue(state, key) is None:
        return Reason.WITHDRAWN
    now_due = agenda.sounding(state.line, index_of(now))
    return Reason.PRE_EMPTED if now_due and now_due[0].key != key else Reason.UNFINISHED


def _settle(state: State, now: datetime) -> Outcome:
    """Finish what is over: rows that were broken and never came back, and items that never sounded."""
    effects: list[Effect] = []
    keys = {cue.key for cue in state.cues}
    for key, row in state.rows.items():
        over = now >= row.row.planned_end + GRACE + _shift(state)
        if key != state.sounding and (over or key not in keys):
            state, more = _finish(state, key, row.row)
            effects += more
    for cue in _over(state, now):
        why = _why_missed(state, cue)
        row_missed = asrun.missed(cue, cluster=state.cluster, volume=state.volume or 0, reason=why)
        state, more = _finish(state, cue.key, row_missed)
        effects += more
    return state, effects


def _over(state: State, now: datetime) -> Iterable[Cue]:
    limit = index_of(now - GRACE)
    return [
        cue
        for cue in state.cues
        if cue.end <= limit
        and cue.planned_end > state.since
        and cue.key not in state.finished
        and cue.key not in state.rows
        and cue.key != state.sounding
    ]


def _why_missed(state: State, cue: Cue) -> Reason:
    if cue.planned_end <= state.started:
        return Reason.RECEIVER_OFF
    if state.in_force_since is not None and cue.planned_end <= state.in_force_since:
        return Reason.PLAN_CAME_LATE
    if cue.asset.sha256 not in state.held:
        return Reason.ASSET_MISSING
    if agenda.too_late(cue, begun=state.begun, now=cue.end):
        return Reason.TOO_LATE
    return Reason.PRE_EMPTED


def _finish(state: State, key: str, row: AsRun) -> Outcome:
    rows = {other: open_row for other, open_row in state.rows.items() if other != key}
    return replace(state, rows=rows, finished=state.finished | {key}), [FinishRow(key, row)]


def _cue(state: State, key: str) -> Cue | None:
    return next((cue for cue in state.cues if cue.key == key), None)


def _shift(state: State) -> timedelta:
    """How much later than planned this cluster ends."""
    return timedelta(milliseconds=state.config.alignment_delay_ms if state.config else 0.0)


def _told(state: State) -> tuple[object, ...]:
    """What of the state the status tells."""
    mark = state.in_force.mark if state.in_force else None
    missing = sum(cue.asset.sha256 not in state.held for cue in state.cues)
    return (state.sounding, state.linked, state.volume, mark, missing, tuple(state.refused.items()))
