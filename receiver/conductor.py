"""Steps the state with what happens and performs what follows. Lives on the event loop; nothing in it waits."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from protocol.messages import Asset, RundownHead
from receiver import reconcile
from receiver.agenda import Segment
from receiver.errors import StoreFailed
from receiver.events import (
    Effect,
    Event,
    FetchBody,
    FinishRow,
    Note,
    Play,
    Remember,
    RememberRundown,
    Report,
    SaveRow,
    UseAddresses,
    Want,
)
from receiver.state import State
from receiver.store import Store

log = structlog.get_logger()


class Plays(Protocol):
    def play(self, line: tuple[Segment, ...], volume: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does what."""

    store: Store
    player: Plays
    want_body: Callable[[RundownHead], None]
    want_assets: Callable[[tuple[Asset, ...]], None]
    use_addresses: Callable[[tuple[str, ...]], None]
    journal_added: Callable[[], None]
    report: Callable[[], None]


class Conductor:
    def __init__(self, state: State, *, now: Callable[[], datetime]) -> None:
        self.state = state
        self._now = now
        self._hands: Hands | None = None
        self._store_lost = False

    def begin(self, hands: Hands, effects: Iterable[Effect]) -> None:
        self._hands = hands
        self._perform(effects)

    def take(self, event: Event) -> None:
        self.state, effects = reconcile.step(self.state, event, self._now())
        self._perform(effects)

    def _perform(self, effects: Iterable[Effect]) -> None:
        if self._hands is None:
            raise RuntimeError("begin comes first")
        for effect in effects:
            if not self._acted(self._hands, effect):
                self._kept(self._hands, effect)

    def _acted(self, hands: Hands, effect: Effect) -> bool:
        match effect:
            case Play(line, volume):
                hands.player.play(line, volume)
            case FetchBody(head):
                hands.want_body(head)
            case Want(assets):
                hands.want_assets(assets)
            case UseAddresses(addresses):
                hands.use_addresses(addresses)
            case Report():
                hands.report()
            case _:
                return False
        return True

    def _kept(self, hands: Hands, effect: Effect) -> None:
        """A disk that refuses is said once; sound goes on without books."""
        try:
            self._keep(hands, effect)
        except StoreFailed as error:
            if not self._store_lost:
                log.error("store-lost", detail=str(error))  # noqa: TRY400 -- The disk's fault, not the program's.
            self._store_lost = True
        else:
            if self._store_lost:
                log.warning("store-back")
            self._store_lost = False

    def _keep(self, hands: Hands, effect: Effect) -> None:
        match effect:
            case Remember(audience, mark, payload):
                hands.store.remember(audience, mark, payload)
            case RememberRundown(head, packed):
                hands.store.remember_rundown(head, packed)
            case SaveRow(key, row):
                hands.store.save_row(key, row)
            case FinishRow(key, row):
                hands.store.finish_row(key, row)
                hands.journal_added()
            case Note(at, kind, detail):
                log.info(kind, detail=detail)
                hands.store.note(at, kind, detail)
                hands.journal_added()
