"""Start and stop of a receiver, in order."""

import asyncio
import signal
from collections.abc import Callable
from functools import partial

import structlog

from audio_pipeline.decode import OpusReader
from protocol.freshness import highest_epoch
from receiver import outputs
from receiver.addresses import Rotation
from receiver.bodies import Bodies
from receiver.clock_sync import ClockSync
from receiver.conductor import Conductor, Hands
from receiver.decoding import Decoder
from receiver.errors import OutputFailed
from receiver.events import Event, FaultSeen, Tick
from receiver.home import Home
from receiver.instants import index_at
from receiver.journal import Journal
from receiver.library import Fetching, Library
from receiver.link import Link
from receiver.outputs import Output
from receiver.player import Player
from receiver.recollection import recollected
from receiver.server_api import ServerApi
from receiver.station_clock import StationClock
from receiver.store import Store
from receiver.telemetry import Telemetry
from receiver.window import Window
from runtime.clock import Clock
from runtime.supervision import Backoff

TICK_S = 1.0
FIRST_TIME_S = 3.0
"""How long the first subscription waits for the clock."""
FADE_OUT_S = 0.1

log = structlog.get_logger()


async def run(home: Home, output_word: str, *, clock: Clock) -> None:
    """Until SIGTERM or SIGINT. Raises NotEnrolled, AlreadyRunning, StoreFailed, or OutputFailed for a wrong word."""
    stopping = _stop_signal()
    identity = home.identity()
    home.prepare()
    with home.locked(), Store(home.database) as store:
        station = StationClock(clock)
        output = outputs.opened(output_word, clock=clock, station=station)
        http_rotation, mqtt_rotation = Rotation(identity.addresses), Rotation(identity.addresses)
        api = ServerApi(identity, http_rotation)
        library = Library(home.library, api)
        state, effects = recollected(identity, store, held=library.held(), now=station.now())
        conductor = Conductor(state, now=station.now)
        heard = _from_threads(conductor.take)

        fetching = Fetching(library, clock=clock, report=conductor.take)
        bodies = Bodies(api, clock=clock, report=conductor.take)
        journal = Journal(store, api, clock=clock)
        sync = ClockSync(
            api, state.trust, clock=clock, station=station, epoch_floor=lambda: highest_epoch(conductor.state.marks)
        )
        link = Link(
            identity,
            mqtt_rotation,
            clock=clock,
            now=station.now,
            next_session=partial(store.next_session, at_least=identity.first_session),
            ready=lambda: _first_time(sync),
            report=conductor.take,
        )

        def unreadable(sha256: str, detail: str) -> None:
            heard(FaultSeen("asset-unreadable", f"{sha256[:12]}: {detail}"))
            loop.call_soon_threadsafe(fetching.suspect, sha256)

        loop = asyncio.get_running_loop()
        decoder = Decoder(
            OpusReader,
            find=library.path,
            index_now=lambda: index_at(station.microseconds_at(clock.monotonic())),
            unreadable=unreadable,
        )
        player = Player(decoder, station=station, report=heard)
        window = Window(home, library, conductor, player, station, link)
        speech = Telemetry(clock=clock, tell=window.tell, interval_s=window.interval_s)

        def use_addresses(written: tuple[str, ...]) -> None:
            http_rotation.use(written)
            mqtt_rotation.use(written)

        conductor.begin(
            Hands(store, player, bodies.want, fetching.want, use_addresses, journal.added, speech.changed), effects
        )
        conductor.take(Tick())
        decoder.start()
        log.info("running", cluster=identity.cluster, name=identity.name)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(work, name=name)
                for name, work in {
                    "output": _sound(output, player, heard, clock),
                    "ticks": _ticks(conductor, station, clock),
                    "clock": sync.run(),
                    "link": link.run(),
                    "second look": link.look_again(),
                    "rundown": bodies.run(),
                    "library": fetching.run(),
                    "journal": journal.run(),
                    "telemetry": speech.run(),
                }.items()
            ]
            await stopping.wait()
            await link.goodbye()
            player.silence()
            await clock.sleep(FADE_OUT_S)
            library.stop()
            for task in tasks:
                task.cancel()
        await asyncio.to_thread(output.stop)
        await asyncio.to_thread(decoder.stop)
        await clock.sleep(0)
        api.close()
        log.info("stopped")


def _stop_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


def _from_threads(take: Callable[[Event], None]) -> Callable[[Event], None]:
    loop = asyncio.get_running_loop()
    return lambda event: (loop.call_soon_threadsafe(take, event), None)[1]


async def _first_time(sync: ClockSync) -> None:
    sync.ask_again()
    try:
        async with asyncio.timeout(FIRST_TIME_S):
            await sync.tried.wait()
    except TimeoutError:
        log.info("time-not-answered-yet")


async def _ticks(conductor: Conductor, station: StationClock, clock: Clock) -> None:
    while True:
        if station.heed_wall_clock():
            conductor.take(FaultSeen("wall-clock-set"))
        conductor.take(Tick())
        await clock.sleep(TICK_S)


async def _sound(output: Output, player: Player, report: Callable[[Event], None], clock: Clock) -> None:
    """Start the output; one that is not there is asked for again."""
    waits = Backoff(first_s=1.0, longest_s=30.0)
    while True:
        try:
            output.start(player.render, lambda detail: report(FaultSeen("output-lost", detail)))
        except OutputFailed as error:
            report(FaultSeen("output-lost", str(error)))
            await clock.sleep(waits.failed())
        else:
            return
