"""Start and stop of the server, in order."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from protocol import topics
from protocol.messages import ConnectionState, ServerState
from runtime.clock import Clock
from runtime.supervision import supervise
from server import duties
from server.app import create_app
from server.broker_files import door_of, identities_of, write_broker_configuration
from server.bus.broker import Broker
from server.bus.configuration import BrokerSettings
from server.bus.errors import BusUnavailable
from server.bus.link import Address
from server.bus.mqtt import MqttBus
from server.bus.port import Life
from server.bus.standing import AnyBroker, StandingBroker
from server.clusters.access import credential_lookup
from server.clusters.board import Board
from server.clusters.listening import listen, take_presence, take_status
from server.db.engine import create_engine, reading, unit_of_work
from server.errors import Unavailable
from server.first_run import authority_of, keys_of
from server.listeners import listeners_of, open_sockets
from server.media.content import ContentFolder
from server.settings import Settings
from server.wiring import Wiring

log = structlog.get_logger()


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


async def serve(settings: Settings, clock: Clock) -> None:
    """Run until SIGTERM or SIGINT. Raises PortTaken before anything runs.

    A task that dies of a bug ends the process, so that whoever watches it sees; what may fail is run again by its own
    supervisor within its task.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    sockets = await open_sockets(settings, clock)
    parts = wire(settings, clock)
    broker = broker_of(parts)
    address = Address(broker.host, broker.port, ca=parts.authority.ca_certificate)
    bus = MqttBus(address, broker.login, clock=clock, life=lambda: life(clock), linked=parts.bus_linked)
    listeners = listeners_of(settings, create_app(parts), parts.authority)
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(broker.run(), name="broker"),
            tasks.create_task(link_when_ready(broker, bus), name="bus"),
            tasks.create_task(duties.watch_silence(parts), name="watch for silence"),
            *(tasks.create_task(kept_up(name, work, clock), name=name) for name, work in duties_of(parts, bus, broker)),
        ]
        serving = [
            tasks.create_task(one.serve(opened), name=f"http {one.config.port}")
            for one, opened in zip(listeners, sockets, strict=True)
        ]
        log.info("server started", http=settings.http_port, https=settings.https_port, mqtt=broker.port)
        await stop.wait()
        log.info("server stops")
        parts.stopping.set()
        parts.board.ring()
        for listener in listeners:
            listener.should_exit = True
        await asyncio.gather(*serving)
        await duties.say_goodbye(parts, bus)
        for task in reversed(running):
            task.cancel()
    await parts.engine.dispose()


async def link_when_ready(broker: AnyBroker, bus: MqttBus) -> None:
    await broker.ready()
    await bus.run()


def duties_of(parts: Wiring, bus: MqttBus, broker: AnyBroker) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    """What works on the database, or on the broker, and so may have to wait for them."""
    return [
        ("renew what is soon over", partial(duties.renew, parts)),
        ("deliver the outbox", partial(duties.deliver, parts, bus)),
        ("deliver all to a new link", partial(duties.deliver_all_when_linked, parts, bus)),
        ("shut out the revoked", partial(duties.shut_out, parts, broker)),
        ("hear presence", partial(listen, parts, bus, "presence", take_presence)),
        ("hear status", partial(listen, parts, bus, "status", take_status)),
    ]


async def kept_up(name: str, work: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """A database that is busy or a broker that does not answer is waited for; anything else is a bug."""
    await supervise(name, work, clock=clock, expected=(Unavailable, BusUnavailable))


def broker_of(parts: Wiring) -> AnyBroker:
    """A child of ours, or the one that somebody else runs."""
    settings, authority, lookup = parts.settings, parts.authority, credential_lookup(parts.reading)
    if settings.broker_url:
        write_broker_configuration(settings, now=parts.clock.now())
        return StandingBroker(door_of(settings), identities_of(settings), lookup, clock=parts.clock)
    kept = BrokerSettings(
        folder=settings.data / "broker",
        certificate=authority.certificate,
        key=authority.key,
        ca=authority.ca_certificate,
        host=settings.mqtt_host,
        port=settings.mqtt_port,
    )
    return Broker(kept, lookup, clock=parts.clock)


def life(clock: Clock) -> Life:
    """Birth and will of the server, at `server/state`."""
    birth = ServerState(state=ConnectionState.ONLINE, at=clock.now())
    will = ServerState(state=ConnectionState.LOST)
    topic = topics.on_wire(topics.server_state())
    return Life(topic, birth.model_dump_json().encode(), will.model_dump_json(exclude_none=True).encode())
