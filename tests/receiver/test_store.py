"""What must outlive a crash does, and is there once."""

import sqlite3
import subprocess
import sys
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from protocol import rundown, topics
from protocol.enrolment import Identity
from protocol.freshness import Mark
from protocol.messages import AsRun, Event, Result
from receiver import asrun
from receiver.agenda import Segment
from receiver.conductor import Conductor, Hands
from receiver.errors import ServerRefused, StoreFailed, Unreachable
from receiver.events import AssetHeld, Effect, FetchBody, SoundStarted
from receiver.journal import Journal
from receiver.recollection import recollected
from receiver.server_api import ServerApi
from receiver.state import State
from receiver.store import Store
from runtime.clock import ManualClock
from tests.receiver import factories
from tests.receiver.factories import CLUSTER, NOON, STATION, Office


def row(key: str = "k") -> AsRun:
    (cue,) = factories.cues(factories.occurrence(key))
    return asrun.opened(cue, cluster=CLUSTER, started=NOON, position=0, volume=80).row


def test_sessions_only_grow(tmp_path: Path) -> None:
    with Store(tmp_path / "db") as store:
        assert [store.next_session(), store.next_session()] == [1, 2]
    with Store(tmp_path / "db") as store:
        assert store.next_session() == 3
        assert store.first_start(NOON) == NOON
        assert store.first_start(NOON + timedelta(days=1)) == NOON


def test_a_row_is_finished_once_whatever_is_said_later(tmp_path: Path) -> None:
    with Store(tmp_path / "db") as store:
        store.save_row("k", row())
        store.finish_row("k", row())
        store.finish_row("k", row().model_copy(update={"result": Result.MISSED}))
        assert store.open_rows() == {}
        assert [each.row for each in store.journal(10)] == [row()]
        assert store.finished() == {"k"}


def test_a_kill_in_the_middle_of_writing_loses_no_row_that_was_written(tmp_path: Path) -> None:
    program = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path\n"
        "from receiver.store import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "for number in range(100_000):\n"
        "    store.note(datetime(2026, 1, 1, tzinfo=UTC), 'test', str(number)); print(number, flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "db")], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for _ in range(50):
        answered = int(child.stdout.readline())
    child.kill()
    child.communicate()
    with Store(tmp_path / "db") as store:
        kept = [each.row.detail for each in store.journal(100_000) if isinstance(each.row, Event)]
    assert kept[: answered + 1] == [str(number) for number in range(answered + 1)]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed):
        Store(tmp_path / "nowhere" / "db")


@pytest.mark.req("REQ-31")
def test_what_was_taken_in_time_is_believed_after_its_expiry(tmp_path: Path) -> None:
    office = Office()
    remember(tmp_path, office, days=1)
    state, _ = recollect(tmp_path, office, after=timedelta(days=3))
    assert [cue.title for cue in state.cues] == ["Giảm nghèo bền vững"]
    assert state.config is not None
    assert state.marks[topics.rundown(STATION)] == Mark(1, 1)


@pytest.mark.req("REQ-34")
def test_what_is_changed_on_the_disk_is_not_believed(tmp_path: Path) -> None:
    remember(tmp_path, Office())
    state, _ = recollect(tmp_path, Office())
    assert state.cues == ()
    assert state.config is None


def test_a_head_whose_body_never_came_is_asked_for_again_and_the_old_week_goes_on(tmp_path: Path) -> None:
    office = Office()
    remember(tmp_path, office)
    newer, _ = rundown.pack(factories.rundown(factories.occurrence("chieu")))
    topic = topics.rundown(STATION)
    with Store(tmp_path / "db") as store:
        store.remember(topic, Mark(1, 2), office.sign(newer, topic, sequence=2))
    state, effects = recollect(tmp_path, office)
    assert [cue.occurrence for cue in state.cues] == ["sang@2026-11-21"]
    assert [effect.head for effect in effects if isinstance(effect, FetchBody)] == [newer]


def test_the_same_week_signed_again_needs_no_download(tmp_path: Path) -> None:
    office = Office()
    remember(tmp_path, office)
    head, _ = rundown.pack(factories.rundown(factories.occurrence()))
    topic = topics.rundown(STATION)
    with Store(tmp_path / "db") as store:
        store.remember(topic, Mark(1, 7), office.sign(head, topic, sequence=7))
    state, effects = recollect(tmp_path, office)
    assert state.in_force is not None
    assert state.in_force.mark == Mark(1, 7)
    assert not [effect for effect in effects if isinstance(effect, FetchBody)]


def remember(folder: Path, office: Office, *, days: float = 14) -> None:
    head, packed = rundown.pack(factories.rundown(factories.occurrence()))
    config_topic, rundown_topic = topics.config(CLUSTER), topics.rundown(STATION)
    signed = office.sign(head, rundown_topic, days=days)
    with Store(folder / "db") as store:
        store.remember(config_topic, Mark(1, 1), office.sign(factories.config(), config_topic, days=days))
        store.remember(rundown_topic, Mark(1, 1), signed)
        store.remember_rundown(signed, packed)


def recollect(
    folder: Path, office: Office, *, after: timedelta = timedelta(0), kind: type[Store] = Store
) -> tuple[State, list[Effect]]:
    identity = Identity(
        cluster=CLUSTER, station=STATION, name="n", secret="s" * 43, roots=office.roots, ca_pem="", addresses=("a:1:2",)
    )
    with kind(folder / "db") as store:
        return recollected(identity, store, held=frozenset(), now=NOON + after)


class Server(ServerApi):
    """A server that takes all, nothing, or chokes on one row."""

    def __init__(self, *, answers: list[Exception | None] | None = None, chokes_on: str = "") -> None:
        self.answers, self.chokes_on = answers or [], chokes_on
        self.taken: list[str] = []

    def journal(self, upload: bytes) -> None:
        if self.answers and (error := self.answers.pop(0)):
            raise error
        if self.chokes_on and self.chokes_on.encode() in upload:
            raise ServerRefused(422, "unreadable")
        self.taken.append(upload.decode())


async def test_rows_leave_only_after_the_servers_word(tmp_path: Path) -> None:
    with Store(tmp_path / "db") as store:
        for number in range(3):
            store.note(NOON, "test", f"event {number}")
        server = Server(answers=[Unreachable("gone"), None])
        journal = Journal(store, server, clock=ManualClock(NOON))
        with pytest.raises(Unreachable):
            await journal.upload_some()
        assert len(store.journal(10)) == 3
        assert await journal.upload_some()
        assert store.journal(10) == []
        assert not await journal.upload_some()


async def test_a_row_that_the_server_cannot_take_does_not_hold_up_the_others(tmp_path: Path) -> None:
    with Store(tmp_path / "db") as store:
        for number in range(9):
            store.note(NOON, "test", f"event {number}.")
        server = Server(chokes_on="event 5.")
        journal = Journal(store, server, clock=ManualClock(NOON))
        while await journal.upload_some():
            pass
        taken = "".join(server.taken)
        assert [number for number in range(9) if f"event {number}." in taken] == [0, 1, 2, 3, 4, 6, 7, 8]


class FullStore(Store):
    """Everything can be read and nothing written, as on a full disk."""

    def _transaction(self) -> AbstractContextManager[sqlite3.Connection]:  # type: ignore[override] # A lever.
        raise StoreFailed("database or disk is full")


@pytest.mark.req("REQ-31")
def test_a_full_disk_keeps_no_week_from_being_played(tmp_path: Path) -> None:
    office = Office()
    remember(tmp_path, office)
    recollect(tmp_path, office)
    state, effects = recollect(tmp_path, office, kind=FullStore)
    played: list[int] = []

    class Player:
        def play(self, line: tuple[Segment, ...], volume: int) -> None:  # noqa: ARG002
            played.append(len(line))

    with FullStore(tmp_path / "db") as store:
        conductor = Conductor(state, now=lambda: NOON - timedelta(seconds=5))
        ignore = lambda *_: None  # noqa: E731
        conductor.begin(Hands(store, Player(), ignore, ignore, ignore, ignore, ignore), effects)
        conductor.take(AssetHeld(factories.asset().sha256))
        conductor.take(SoundStarted(state.cues[0].key, NOON, 0))
    assert played[-1] == 1
