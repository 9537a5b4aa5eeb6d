"""What this receiver shows of itself: to the server as its status, to `loa-receiver status` as a file."""

import json
import os
from pathlib import Path

import structlog

from receiver import agenda, telemetry
from receiver.conductor import Conductor
from receiver.home import Home
from receiver.instants import index_of
from receiver.library import Library
from receiver.link import Link
from receiver.player import Player
from receiver.station_clock import StationClock

log = structlog.get_logger()


class Window:
    def __init__(
        self, home: Home, library: Library, conductor: Conductor, player: Player, station: StationClock, link: Link
    ) -> None:
        self._home, self._library, self._conductor = home, library, conductor
        self._player, self._station, self._link = player, station, link

    def interval_s(self) -> float:
        config = self._conductor.state.config
        return config.status_interval_s if config else telemetry.FIRST_INTERVAL_S

    async def tell(self) -> None:
        state, now = self._conductor.state, self._station.now()
        files, size = self._library.size()
        heard = self._player.heard()
        status = telemetry.status(state, now=now, heard=heard, files=files, size=size, clock=self._station.reading())
        await self._link.tell(status)
        after = agenda.upcoming(state.cues, index_of(now), but=heard[0] if heard else None)
        shown = {
            **status.model_dump(mode="json", exclude_none=True),
            "cluster": state.cluster,
            "linked": state.linked,
            "pid": os.getpid(),
            "next": {"title": after.title, "language": after.language, "start": after.planned_start.isoformat()}
            if after
            else None,
        }
        _write(self._home.status_file, json.dumps(shown, ensure_ascii=False))


def _write(path: Path, text: str) -> None:
    """For eyes only, so it is not flushed to the disk; a full disk costs the view, nothing else."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text)
        part.replace(path)
    except OSError as error:
        log.info("status-file-not-written", detail=str(error))
