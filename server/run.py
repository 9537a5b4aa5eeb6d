"""Start and stop of the server, in order."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from protocol import topics
from runtime.clock import Clock
from server import duties
from server.app import create_app
from server.bus.broker import Broker
from server.bus.mqtt import MqttBus
from server.clusters import listening
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


async def serve(settings: Settings, clock: Clock) -> None:
    """Run until SIGTERM or SIGINT. A task that dies of a bug ends the process, so that whoever watches it sees."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
