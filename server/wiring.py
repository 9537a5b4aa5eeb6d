"""The parts of a running server, made once and handed to whoever needs them."""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from protocol.signing import Signer
from runtime.clock import Clock
from server.accounts.attempts import Attempts
from server.clusters.board import Board
from server.db.engine import UnitOfWork
from server.media.content import ContentFolder
from server.settings import Settings
from server.trust.authority import Authority
from server.trust.root import Keys


@dataclass(frozen=True, slots=True)
class Wiring:
    settings: Settings
    clock: Clock
    engine: AsyncEngine
    work: UnitOfWork
    """A transaction that may write."""
    reading: UnitOfWork
    content: ContentFolder
    authority: Authority
    keys: Keys
    signer: Signer
    board: Board
    attempts: Attempts = field(default_factory=Attempts)
    outbox_nudge: asyncio.Event = field(default_factory=asyncio.Event)
    """Set after every commit that may have left something to publish."""
    revoked: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    """Clusters whose receiver is to be disconnected from the broker, after the commit."""
    bus_linked: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set before the listeners are told to stop: what answers without an end, ends. The board is rung after it."""
