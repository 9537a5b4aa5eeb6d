"""Single steps: what happens, and what follows."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import rundown, topics
from protocol.messages import LatePolicy, Priority, Result
from protocol.signing import certify, generate_key
from receiver import asrun, reconcile
from receiver.events import (
    AssetHeld,
    BodyCame,
    Effect,
    Event,
    FetchBody,
    FinishRow,
    MessageCame,
    Note,
    Play,
    Remember,
    RememberRundown,
    SaveRow,
    SoundEnded,
    SoundStarted,
    Tick,
    UseAddresses,
    Want,
)
from receiver.state import State
from tests.receiver import factories
from tests.receiver.factories import CLUSTER, NOON, SECOND, STATION, Office

BEFORE = NOON - timedelta(seconds=30)
CONFIG, RUNDOWN = topics.config(CLUSTER), topics.rundown(STATION)


class Told:
    """A receiver's state with what it did so far."""

    def __init__(self, office: Office | None = None, **fields: Any) -> None:
        self.office = office or Office()
        self.state: State = factories.state(self.office, **fields)
        self.effects: list[Effect] = []

    def take(self, event: Event, now: datetime = BEFORE) -> list[Effect]:
        self.state, effects = reconcile.step(self.state, event, now)
        self.effects += effects
        return effects

    def config(self, *, sequence: int = 1, office: Office | None = None, now: datetime = BEFORE, **fields: Any) -> None:
        payload = (office or self.office).sign(factories.config(**fields), CONFIG, sequence=sequence)
        self.take(MessageCame(CONFIG, payload), now)

    def rundown(self, *occurrences: Any, sequence: int = 1, now: datetime = BEFORE, held: bool = True) -> None:
        head, packed = rundown.pack(factories.rundown(*occurrences))
        self.take(MessageCame(RUNDOWN, self.office.sign(head, RUNDOWN, sequence=sequence)), now)
        self.take(BodyCame(head.sha256, packed), now)
        for cue in self.state.cues if held else ():
            self.take(AssetHeld(cue.asset.sha256), now)

    def done(self, kind: type[Effect]) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def key(self) -> str:
        return self.state.cues[0].key


def on_air() -> Told:
    told = Told()
    told.config()
    told.rundown(factories.occurrence())
    return told


def test_a_head_is_kept_its_body_fetched_its_assets_wanted_and_played_when_held() -> None:
    told = Told()
    told.config()
    told.rundown(factories.occurrence(), held=False)
    assert len(told.done(FetchBody)) == 1
    assert [effect.mark for effect in told.done(Remember)] == [(1, 1), (1, 1)]
    assert len(told.done(RememberRundown)) == 1
    assert told.done(Want)[-1].assets == (factories.asset(),)
    assert told.done(Play)[-1].line == ()
    told.take(AssetHeld(factories.asset().sha256))
    assert [segment.cue.title for segment in told.done(Play)[-1].line] == ["Giảm nghèo bền vững"]


def test_addresses_of_the_config_are_used() -> None:
    told = Told()
    told.config(addresses=("a:1:2", "b:3:4"))
    assert told.done(UseAddresses)[-1].addresses == ("a:1:2", "b:3:4")


def test_a_retained_message_that_comes_again_changes_nothing() -> None:
    told = on_air()
    before = told.state
    assert told.take(MessageCame(CONFIG, told.office.sign(factories.config(), CONFIG, sequence=1))) == []
    assert told.state == before


def forged(_: Told) -> bytes:
    return Office().sign(factories.config(volume=99), CONFIG, sequence=9)


def wrong_audience(told: Told) -> bytes:
    return told.office.sign(factories.config(volume=99), topics.config("cluster-bbbb"), sequence=9)


def old_sequence(told: Told) -> bytes:
    return told.office.sign(factories.config(volume=99), CONFIG, sequence=1)


def old_epoch(told: Told) -> bytes:
    successor = told.office.successor(epoch=2)
    told.config(office=successor, sequence=5, volume=70)
    return told.office.sign(factories.config(volume=99), CONFIG, sequence=99)


def expired(told: Told) -> bytes:
    return told.office.sign(factories.config(volume=99), CONFIG, sequence=9, issued=NOON - timedelta(days=9), days=1)


def malformed(_: Told) -> bytes:
    return b"{}"


def huge(_: Told) -> bytes:
    return b"x" * 65_000


def self_certified(_: Told) -> bytes:
    key = generate_key()
    office = Office()
    certificate = certify(key, key, epoch=9, issued=NOON)
    return type(office.signer)(key, certificate, 9).sign(
        factories.config(volume=99), audience=CONFIG, sequence=9, issued=NOON, expires=NOON + timedelta(days=1)
    )


@pytest.mark.req("REQ-09")
@pytest.mark.req("REQ-34")
@pytest.mark.parametrize(
    ("bad", "slug"),
    [
        (forged, "forged"),
        (self_certified, "forged"),
        (wrong_audience, "wrong-audience"),
        (old_sequence, "superseded"),
        (old_epoch, "superseded"),
        (expired, "expired"),
        (malformed, "malformed"),
        (huge, "malformed"),
    ],
)
def test_what_is_refused_changes_nothing_is_counted_and_journalled_once_a_minute(bad: Any, slug: str) -> None:
    told = Told()
    told.config(sequence=2)
    payload = bad(told)
    volume, effects = told.state.volume, len(told.effects)
    for second in range(3):
        told.take(MessageCame(CONFIG, payload), BEFORE + timedelta(seconds=second))
    assert told.state.volume == volume
    assert told.state.refused == {slug: 3}
    assert not [effect for effect in told.effects[effects:] if isinstance(effect, Play | Remember)]
    assert [note.kind for note in told.done(Note)] == [f"refused-{slug}"]
    told.take(MessageCame(CONFIG, payload), BEFORE + timedelta(seconds=61))
    assert len(told.done(Note)) == 2


@pytest.mark.req("REQ-34")
@given(st.binary(max_size=200), st.sampled_from([CONFIG, RUNDOWN, topics.server_state(), "cluster/x/command", ""]))
def test_noise_never_makes_a_sound(payload: bytes, topic: str) -> None:
    told = Told()
    told.take(MessageCame(topic, payload))
    assert not told.done(Play)
    assert sum(told.state.refused.values()) == 1


@pytest.mark.req("REQ-34")
def test_a_body_that_is_not_the_one_its_head_names_is_refused() -> None:
    told = Told()
    told.config()
    head, _ = rundown.pack(factories.rundown(factories.occurrence()))
    _, other = rundown.pack(factories.rundown())
    told.take(MessageCame(RUNDOWN, told.office.sign(head, RUNDOWN)))
    told.take(BodyCame(head.sha256, other))
    assert told.state.refused == {"malformed": 1}
    assert told.state.rundown is None


def test_a_whole_broadcast_is_one_complete_row() -> None:
    told = on_air()
    told.take(SoundStarted(told.key, NOON, 0), NOON)
    assert told.done(SaveRow)[-1].row.result is Result.INTERRUPTED
    told.take(SoundEnded(told.key, NOON + timedelta(seconds=10), whole=True), NOON + timedelta(seconds=10))
    told.take(Tick(), NOON + timedelta(minutes=5))
    (finished,) = told.done(FinishRow)
    assert (finished.row.result, finished.row.started, finished.row.reason) == (Result.COMPLETE, NOON, "")


@pytest.mark.req("REQ-33")
def test_a_broadcast_joined_in_the_middle_says_so() -> None:
    told = on_air()
    told.take(SoundStarted(told.key, NOON + timedelta(seconds=4), 4 * SECOND), NOON + timedelta(seconds=4))
    told.take(SoundEnded(told.key, NOON + timedelta(seconds=10), whole=True), NOON + timedelta(seconds=10))
    (finished,) = told.done(FinishRow)
    assert (finished.row.result, finished.row.reason) == (Result.JOINED_LATE, "")


def test_a_row_that_a_crash_left_open_is_the_same_row_afterwards() -> None:
    before = on_air()
    before.take(SoundStarted(before.key, NOON, 0), NOON)
    left = before.done(SaveRow)[-1].row
    after = on_air()
    after.state = type(after.state)(
        **{
            **{name: getattr(after.state, name) for name in after.state.__slots__},
            "rows": {after.key: asrun.recovered(left)},
        }
    )
    after.take(SoundStarted(after.key, NOON + timedelta(seconds=5), 5 * SECOND), NOON + timedelta(seconds=5))
    after.take(SoundEnded(after.key, NOON + timedelta(seconds=10), whole=True), NOON + timedelta(seconds=10))
    (finished,) = after.done(FinishRow)
    assert finished.row.id == left.id
    assert (finished.row.result, finished.row.reason, finished.row.started) == (
        Result.INTERRUPTED,
        "restarted",
        NOON,
    )


def test_an_item_withdrawn_while_it_sounds_is_interrupted() -> None:
    told = on_air()
    told.take(SoundStarted(told.key, NOON, 0), NOON)
    key = told.key
    told.rundown(sequence=2, now=NOON + timedelta(seconds=3))
    assert told.done(Play)[-1].line == ()
    told.take(SoundEnded(key, NOON + timedelta(seconds=3), whole=False), NOON + timedelta(seconds=3))
    told.take(Tick(), NOON + timedelta(seconds=4))
    (finished,) = told.done(FinishRow)
    assert (finished.row.result, finished.row.reason) == (Result.INTERRUPTED, "withdrawn")


@pytest.mark.req("REQ-06")
def test_a_pre_empted_item_is_one_row_whether_it_comes_back_or_not() -> None:
    told = Told()
    told.config()
    urgent = factories.occurrence(
        "gap", start=NOON + timedelta(seconds=2), priority=Priority.EMERGENCY,
        versions=(factories.version(of=factories.asset("gap", samples=SECOND)),),
    )  # fmt: skip
    told.rundown(factories.occurrence(), urgent)
    normal, emergency = told.state.cues

    def seconds(after: float) -> datetime:
        return NOON + timedelta(seconds=after)

    told.take(SoundStarted(normal.key, seconds(0), 0), seconds(0))
    told.take(SoundEnded(normal.key, seconds(2), whole=False), seconds(2.1))
    told.take(SoundStarted(emergency.key, seconds(2), 0), seconds(2.1))
    told.take(SoundEnded(emergency.key, seconds(3), whole=True), seconds(3.1))
    told.take(SoundStarted(normal.key, seconds(3), 3 * SECOND), seconds(3.1))
    told.take(SoundEnded(normal.key, seconds(10), whole=True), seconds(10.1))
    rows = {effect.row.occurrence: effect.row for effect in told.done(FinishRow)}
    assert len(told.done(FinishRow)) == 2
    assert (rows["gap"].result, rows["sang@2026-11-21"].result) == (Result.COMPLETE, Result.INTERRUPTED)
    assert rows["sang@2026-11-21"].reason == "pre-empted"


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("asset-missing", {}),
        ("receiver-off", {"started": NOON + timedelta(hours=1)}),
        ("plan-came-late", {"in_force_since": NOON + timedelta(hours=1)}),
    ],
)
def test_what_never_sounded_is_missed_once_with_its_reason(reason: str, change: dict[str, Any]) -> None:
    told = Told()
    told.config()
    told.rundown(factories.occurrence(), held=False)
    fields = {name: getattr(told.state, name) for name in told.state.__slots__}
    told.state = State(**{**fields, **change})
    for minute in (1, 2, 3):
        told.take(Tick(), NOON + timedelta(hours=2, minutes=minute))
    (finished,) = told.done(FinishRow)
    assert (finished.row.result, finished.row.reason, finished.row.started) == (Result.MISSED, reason, None)


def test_what_may_not_be_late_and_was_is_missed_as_too_late() -> None:
    told = Told()
    told.config()
    told.rundown(factories.occurrence(late=LatePolicy.SKIP), now=NOON + timedelta(seconds=5))
    told.take(Tick(), NOON + timedelta(minutes=1))
    assert told.done(FinishRow)[-1].row.reason == "too-late"


def test_what_was_over_before_the_receiver_was_there_is_none_of_its_business() -> None:
    told = Told(since=NOON + timedelta(hours=1))
    told.config()
    told.rundown(factories.occurrence())
    told.take(Tick(), NOON + timedelta(hours=2))
    assert told.done(FinishRow) == []


def test_the_same_broadcast_has_the_same_row_id_at_one_cluster_and_another_elsewhere() -> None:
    assert asrun.row_id("cluster-aaaa", "k") == asrun.row_id("cluster-aaaa", "k")
    assert asrun.row_id("cluster-aaaa", "k") != asrun.row_id("cluster-bbbb", "k")
