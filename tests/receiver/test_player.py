"""The player, single-stepped: the test is the sound card, and time is what it says."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.messages import Priority
from receiver import agenda
from receiver.agenda import Cue, Segment
from receiver.decoding import Decoder
from receiver.events import SoundEnded, SoundStarted
from receiver.gain import FADE_SAMPLES, of_volume
from receiver.instants import index_of, instant_of
from receiver.offset import Estimate
from receiver.outputs import Block
from receiver.player import Player
from receiver.station_clock import StationClock
from runtime.clock import ManualClock
from tests.receiver import factories
from tests.receiver.factories import NOON, SECOND


@dataclass
class Counting:
    """An asset whose every sample says which one it is: sample n is (n + 1) / 2²³, exact in float32."""

    samples: int
    level: float | None = None
    """Where it is given, every sample is this instead, so that fades can be seen."""

    def read(self, first_sample: int, count: int) -> Block:
        last = min(first_sample + count, self.samples)
        if self.level is not None:
            return np.full(max(0, last - first_sample), self.level, dtype=np.float32)
        return ((np.arange(first_sample, last) + 1) / 2**23).astype(np.float32)

    def close(self) -> None:
        pass


class Rig:
    """A sound card without sound: it asks for blocks, the decoder works between them unless it is stalled."""

    def __init__(
        self, *, level: float | None = None, late: timedelta = timedelta(0), samples: int = 10 * SECOND
    ) -> None:
        self.station = StationClock(ManualClock(NOON - timedelta(seconds=2) + late))
        self.said: list[SoundStarted | SoundEnded] = []
        self.unreadable: list[str] = []
        self.stalled = False
        self.dac_s = 0.0
        self.decoder = Decoder(
            lambda _: Counting(samples, level),
            find=Path,
            index_now=self.index,
            unreadable=lambda sha256, _: self.unreadable.append(sha256),
        )
        self.player = Player(self.decoder, station=self.station, report=self.said.append)

    def index(self) -> int:
        return round(self.station.microseconds_at(self.dac_s) * 48 / 1000)

    def play(self, *cues: Cue, volume: int = 100, begun: tuple[str, ...] = ()) -> tuple[Segment, ...]:
        held = {cue.asset.sha256 for cue in cues}
        now = self.index()
        line = agenda.timeline(cues, held=held, begun=begun, now=now, until=now + 900 * SECOND)
        self.player.play(line, volume)
        return line

    def run(self, seconds: float, *, frames: int = 960) -> Block:
        blocks = []
        for _ in range(round(seconds * SECOND / frames)):
            if not self.stalled:
                while self.decoder.work():
                    pass
            blocks.append(self.player.render(self.dac_s, frames))
            self.dac_s += frames / SECOND
        return np.concatenate(blocks)


def numbered(line: Block) -> npt.NDArray[np.int64]:
    """Which sample of the asset each sample is; −1 for silence."""
    return np.rint(line * 2**23).astype(np.int64) - 1


@given(offset_us=st.integers(0, 40_000), frames=st.sampled_from([64, 441, 960, 1024]))
@settings(max_examples=40, deadline=None)
def test_the_first_sample_leaves_at_its_instant_whatever_the_blocks(offset_us: int, frames: int) -> None:
    rig = Rig()
    rig.dac_s = offset_us / 1_000_000
    (cue,) = factories.cues(factories.occurrence())
    began = rig.index()
    rig.play(cue)
    heard = numbered(rig.run(3, frames=frames))
    at = cue.first - began
    assert heard[at - 1] == -1
    assert (heard[at:] == np.arange(len(heard) - at)).all()
    assert rig.said == [SoundStarted(cue.key, NOON, 0)]


@pytest.mark.req("REQ-33")
@given(late_ms=st.integers(1, 9_000))
@settings(max_examples=25, deadline=None)
def test_who_begins_late_begins_in_the_middle_where_all_others_are(late_ms: int) -> None:
    rig = Rig(late=timedelta(seconds=2, milliseconds=late_ms))
    (cue,) = factories.cues(factories.occurrence())
    began = rig.index()
    rig.play(cue)
    heard = numbered(rig.run(1))
    wanted = began - cue.first + np.arange(len(heard))
    entry = int(np.argmax(heard >= 0))
    assert entry <= SECOND // 8
    settled = slice(entry + FADE_SAMPLES, min(len(heard), cue.end - began))
    assert (heard[settled] == wanted[settled]).all()
    started = rig.said[0]
    assert isinstance(started, SoundStarted)
    assert started.position == began + entry - cue.first


def test_an_item_that_is_over_ends_whole_at_its_instant() -> None:
    rig = Rig(samples=SECOND)
    (cue,) = factories.cues(factories.occurrence(versions=(factories.version(of=factories.asset(samples=SECOND)),)))
    rig.play(cue)
    heard = numbered(rig.run(4))
    assert heard.max() == SECOND - 1
    assert rig.said[-1] == SoundEnded(cue.key, NOON + timedelta(seconds=1), whole=True)


def test_latency_begins_earlier_and_alignment_later_and_the_report_is_of_the_horns() -> None:
    rig = Rig()
    (cue,) = factories.cues(factories.occurrence(), output_latency_ms=120.0, alignment_delay_ms=20.0)
    began = rig.index()
    rig.play(cue)
    heard = numbered(rig.run(3))
    assert int(np.argmax(heard >= 0)) == index_of(NOON) - began - 100 * 48
    assert rig.said == [SoundStarted(cue.key, NOON + timedelta(milliseconds=20), 0)]


def test_what_is_pre_empted_fades_out_and_comes_back_at_its_scheduled_position() -> None:
    long = factories.occurrence("dai", versions=(factories.version(of=factories.asset("dai")),))
    urgent = factories.occurrence(
        "gap",
        start=NOON + timedelta(seconds=2),
        priority=Priority.EMERGENCY,
        versions=(factories.version(of=factories.asset("gap", samples=SECOND)),),
    )
    rig = Rig()
    began = rig.index()
    first, second = factories.cues(long, urgent)
    rig.play(first, second)
    heard = numbered(rig.run(7))
    assert [type(said).__name__ for said in rig.said] == [
        "SoundStarted", "SoundEnded", "SoundStarted", "SoundEnded", "SoundStarted",
    ]  # fmt: skip
    back = second.end - began + FADE_SAMPLES
    assert heard[back] == second.end + FADE_SAMPLES - first.first


def test_cuts_have_fades_and_natural_ends_have_none() -> None:
    rig = Rig(level=0.5)
    (cue,) = factories.cues(factories.occurrence())
    rig.play(cue)
    begin = rig.run(3)
    assert set(np.unique(begin)) == {0.0, 0.5}
    rig.player.silence()
    after = rig.run(0.1)
    assert np.abs(np.diff(after)).max() <= 0.5 / FADE_SAMPLES + 1e-4
    assert after[FADE_SAMPLES:].max() == 0.0
    assert isinstance(rig.said[-1], SoundEnded)
    assert not rig.said[-1].whole


def test_nothing_decoded_in_time_is_silence_and_then_in_step_again() -> None:
    rig = Rig()
    (cue,) = factories.cues(factories.occurrence())
    began = rig.index()
    rig.play(cue)
    rig.run(3)
    rig.stalled = True
    starved = numbered(rig.run(3))
    assert (starved[-SECOND // 2 :] == -1).all()
    rig.stalled = False
    at = rig.index()
    heard = numbered(rig.run(1))
    settled = slice(SECOND // 4, None)
    assert (heard[settled] == (at - cue.first + np.arange(len(heard)))[settled]).all()
    assert rig.player.underruns == 1
    assert began < at


@pytest.mark.parametrize("jump_ms", [35, -35, 400, -3_000])
def test_a_clock_that_is_found_wrong_while_playing_moves_the_sound_to_its_place(jump_ms: int) -> None:
    rig = Rig()
    (cue,) = factories.cues(factories.occurrence())
    rig.play(cue)
    rig.run(6)
    rig.station.correct(Estimate(jump_ms / 1_000, 0.0, 0.0))
    rig.run(0.5)
    at = rig.index()
    heard = numbered(rig.run(0.5))
    assert (heard == at - cue.first + np.arange(len(heard))).all()
    assert rig.player.reanchors == 1


def test_volume_is_the_square_and_glides_while_sounding() -> None:
    assert [of_volume(volume) for volume in (0, 50, 100)] == [0.0, 0.25, 1.0]
    rig = Rig(level=0.5)
    (cue,) = factories.cues(factories.occurrence())
    rig.play(cue, volume=100)
    rig.run(3)
    rig.play(cue, volume=50, begun=(cue.key,))
    glide = rig.run(0.1)
    assert np.abs(np.diff(glide)).max() < 0.001
    assert glide[-1] == pytest.approx(0.125)
    assert len(rig.said) == 1


def test_what_cannot_be_decoded_is_silence_and_told_once() -> None:
    rig = Rig()

    def broken(_: Path) -> Counting:
        raise ValueError("no Ogg page")

    rig.decoder._open = broken
    (cue,) = factories.cues(factories.occurrence())
    rig.play(cue)
    assert not rig.run(4).any()
    assert rig.unreadable == [cue.asset.sha256]
    assert rig.said == []


@given(st.integers(0, 2**47))
def test_an_index_names_its_instant_to_half_a_sample(index: int) -> None:
    assert index_of(instant_of(index)) == index
