"""Start and stop of the server, in order."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn

from runtime.clock import Clock
from server.clusters.board import Board
from server.db.engine import create_engine, reading, unit_of_work
from server.first_run import authority_of, keys_of
from server.media.content import ContentFolder
from server.settings import Settings
from server.wiring import Wiring

log = structlog.get_logger()
GRACE_S = 5


class Listener(uvicorn.Server):
    """Uvicorn as one task among others: the process's signals are ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def wire(settings: Settings, clock: Clock) -> Wiring:
    """The parts of a server whose data directory is initialised."""
    authority, keys = authority_of(settings), keys_of(settings)
    if authority.issue(hosts=settings.hosts, now=clock.now()):
        log.info("certificate issued", hosts=settings.hosts)
    content = ContentFolder(settings.data / "content")
    content.sweep()
    engine = create_engine(settings.sqlalchemy_url)
    return Wiring(
        settings=settings,
        clock=clock,
        engine=engine,
        work=unit_of_work(engine),
        reading=reading(engine),
        content=content,
        authority=authority,
        keys=keys,
        signer=keys.signer(),
        board=Board(),
    )
