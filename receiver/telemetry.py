"""What the receiver says of itself: on change, and at least every `status_interval_s` (REQ-27). Measured or absent."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from protocol.messages import Cache, ClockReading, Playing, PlayState, Status
from receiver.agenda import Cue
from receiver.software import VERSION
from receiver.state import State
from runtime.clock import Clock

FIRST_INTERVAL_S = 60.0
SPACING_S = 0.5
"""A burst of changes is told once."""


def status(
    state: State, *, now: datetime, heard: tuple[Cue, int] | None, files: int, size: int, clock: ClockReading | None
) -> Status:
    missing = {cue.asset.sha256 for cue in state.cues if cue.planned_end > now} - state.held
    mark = state.in_force.mark if state.in_force else None
    return Status(
        session=max(1, state.session),
        at=now,
        state=PlayState.PLAYING if heard else PlayState.STOPPED,
        playing=_playing(*heard) if heard else None,
        volume=state.volume or 0,
        clock=clock,
        cache=Cache(files=files, bytes=size, missing=len(missing)),
        rundown_epoch=mark.epoch if mark else None,
        rundown_sequence=mark.sequence if mark else None,
        refused=dict(state.refused),
        software_version=VERSION,
    )


def _playing(cue: Cue, position: int) -> Playing:
    return Playing(
        occurrence=cue.occurrence,
        title=cue.title,
        language=cue.language,
        sha256=cue.asset.sha256,
        position_samples=position,
    )


class Telemetry:
    """`tell` sends the status of this moment; `interval_s` says how long nothing may be said."""

    def __init__(self, *, clock: Clock, tell: Callable[[], Awaitable[None]], interval_s: Callable[[], float]) -> None:
        self._clock, self._tell, self._interval_s = clock, tell, interval_s
        self._changed = asyncio.Event()

    def changed(self) -> None:
        self._changed.set()

    async def run(self) -> None:
        while True:
            self._changed.clear()
            await self._tell()
            await self._clock.sleep(SPACING_S)
            async with asyncio.TaskGroup() as group:
                timer = group.create_task(self._clock.sleep(self._interval_s() - SPACING_S), name="status-interval")
                change = group.create_task(self._changed.wait(), name="status-change")
                await asyncio.wait({timer, change}, return_when=asyncio.FIRST_COMPLETED)
                timer.cancel()
                change.cancel()
