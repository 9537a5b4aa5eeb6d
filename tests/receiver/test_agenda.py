"""What should sound when."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.messages import LatePolicy, Priority
from receiver import agenda
from receiver.agenda import Cue
from receiver.instants import index_of
from tests.receiver import factories
from tests.receiver.factories import CLUSTER, NOON, SECOND

START = index_of(NOON)

items = st.builds(
    lambda number, begin, length, priority, late: factories.occurrence(
        f"slot{number}",
        start=NOON + timedelta(seconds=begin),
        priority=priority,
        late=late,
        versions=(factories.version(of=factories.asset(f"a{number % 4}-{length}", samples=length * SECOND)),),
    ),
    number=st.integers(0, 1_000),
    begin=st.integers(0, 60),
    length=st.integers(1, 30),
    priority=st.sampled_from(Priority),
    late=st.sampled_from(LatePolicy),
)
weeks = st.lists(items, max_size=8, unique_by=lambda item: item.id).map(lambda found: factories.cues(*found))


def line(cues: tuple[Cue, ...], *, now: int = START, begun: tuple[str, ...] = ()) -> tuple[agenda.Segment, ...]:
    held = {cue.asset.sha256 for cue in cues}
    return agenda.timeline(cues, held=held, begun=begun, now=now, until=START + 3_600 * SECOND)


@pytest.mark.req("REQ-07")
@given(weeks)
def test_never_two_sounds_at_once(cues: tuple[Cue, ...]) -> None:
    segments = line(cues)
    for before, after in itertools.pairwise(segments):
        assert before.begin < before.end <= after.begin
    for segment in segments:
        assert segment.cue.first <= segment.begin < segment.end <= segment.cue.end


@given(weeks)
def test_no_silence_while_something_may_sound(cues: tuple[Cue, ...]) -> None:
    segments = line(cues)
    for cue in cues:
        if cue.late is LatePolicy.JOIN:
            for index in range(cue.first, cue.end, SECOND // 2):
                assert agenda.sounding(segments, index) is not None


@pytest.mark.req("REQ-07")
@given(weeks)
def test_the_higher_priority_has_the_air_from_its_first_sample_to_its_last(cues: tuple[Cue, ...]) -> None:
    segments = line(cues)
    for cue in cues:
        if sum(other.priority is Priority.EMERGENCY for other in cues) == 1 and cue.priority is Priority.EMERGENCY:
            assert [(s.begin, s.end) for s in segments if s.cue == cue] == [(cue.first, cue.end)]


@given(weeks, st.integers(0, 90))
def test_the_order_of_the_rundown_does_not_matter(cues: tuple[Cue, ...], after_s: int) -> None:
    now = START + after_s * SECOND
    assert line(cues, now=now) == line(tuple(reversed(cues)), now=now)


@pytest.mark.req("REQ-33")
@given(weeks, st.integers(0, 90))
def test_a_restart_in_the_middle_agrees_with_those_that_never_stopped(cues: tuple[Cue, ...], after_s: int) -> None:
    now = START + after_s * SECOND
    joining = tuple(cue for cue in cues if cue.late is LatePolicy.JOIN)
    never_stopped, restarted = line(joining), line(joining, now=now)
    for index in range(now, now + 60 * SECOND, SECOND // 2):
        assert agenda.sounding(restarted, index) == agenda.sounding(never_stopped, index)


def test_an_item_that_may_not_be_late_is_left_out_when_it_is() -> None:
    (cue,) = factories.cues(factories.occurrence(late=LatePolicy.SKIP))
    late = START + 2 * SECOND
    assert line((cue,), now=START)
    assert line((cue,), now=late) == ()
    assert line((cue,), now=late, begun=(cue.key,))


def test_only_the_targets_play_and_each_in_its_languages() -> None:
    elsewhere = factories.occurrence("a", targets=("cluster-bbbb",))
    here = factories.occurrence(
        "b",
        targets=(CLUSTER,),
        versions=(
            factories.version("vi", of=factories.asset("vi")),
            factories.version("blt", offset=20 * SECOND, of=factories.asset("blt")),
            factories.version("hmn", offset=30 * SECOND, of=factories.asset("hmn")),
        ),
    )
    cues = factories.cues(elsewhere, here, language_plan=("hmn", "blt"))
    assert [(cue.language, cue.first - START) for cue in cues] == [("blt", 20 * SECOND), ("hmn", 30 * SECOND)]


def test_an_asset_that_is_not_there_leaves_the_air_to_others() -> None:
    first, second = factories.cues(
        factories.occurrence("a", versions=(factories.version(of=factories.asset("missing")),)),
        factories.occurrence("b", versions=(factories.version(of=factories.asset("held")),)),
    )
    segments = agenda.timeline(
        (first, second), held={second.asset.sha256}, begun=(), now=START, until=START + 60 * SECOND
    )
    assert [segment.cue for segment in segments] == [second]


@given(weeks)
def test_what_is_needed_first_is_wanted_first_and_once(cues: tuple[Cue, ...]) -> None:
    wanted = agenda.wanted(cues, START)
    first_use = [min(cue.first for cue in cues if cue.asset == asset) for asset in wanted]
    assert first_use == sorted(first_use)
    assert len({asset.sha256 for asset in wanted}) == len(wanted)
