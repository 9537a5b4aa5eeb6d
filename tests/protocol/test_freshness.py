"""Which message is new, which is known, which is stale: as properties over any order of arrival (REQ-09)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Superseded
from protocol.freshness import Mark, highest_epoch, is_new

pytestmark = pytest.mark.req("REQ-09")

AUDIENCES = ("rundown", "config")
marks = st.builds(Mark, st.integers(1, 4), st.integers(1, 6))
arrivals = st.lists(st.tuples(st.sampled_from(AUDIENCES), marks), max_size=40)


class Receiver:
    """Keeps the newest mark of each audience, as a receiver does."""

    def __init__(self) -> None:
        self.known: dict[str, Mark] = {}
        self.taken: list[tuple[str, Mark]] = []

    def hears(self, audience: str, mark: Mark) -> str:
        try:
            new = is_new(mark, known=self.known.get(audience), highest_epoch=highest_epoch(self.known))
        except Superseded:
            return "refused"
        if new:
            self.known[audience] = mark
            self.taken.append((audience, mark))
        return "taken" if new else "known"


@given(arrivals)
def test_what_is_taken_only_ever_rises(order: list[tuple[str, Mark]]) -> None:
    receiver = Receiver()
    for audience, mark in order:
        receiver.hears(audience, mark)
    for audience in AUDIENCES:
        mine = [mark for name, mark in receiver.taken if name == audience]
        assert mine == sorted(set(mine))


@given(arrivals)
def test_the_epochs_that_are_taken_never_fall_whatever_the_audience(order: list[tuple[str, Mark]]) -> None:
    receiver = Receiver()
    for audience, mark in order:
        receiver.hears(audience, mark)
    epochs = [mark.epoch for _, mark in receiver.taken]
    assert epochs == sorted(epochs)


@given(arrivals)
def test_the_newest_of_the_newest_epoch_is_held_at_the_end(order: list[tuple[str, Mark]]) -> None:
    receiver = Receiver()
    for audience, mark in order:
        receiver.hears(audience, mark)
    for audience in AUDIENCES:
        sent = [mark for name, mark in order if name == audience]
        if sent and max(sent).epoch == max((mark.epoch for _, mark in order), default=0):
            assert receiver.known[audience] == max(sent)


@given(arrivals, st.data())
def test_hearing_it_all_again_takes_nothing(order: list[tuple[str, Mark]], data: st.DataObject) -> None:
    receiver = Receiver()
    for audience, mark in order:
        receiver.hears(audience, mark)
    replay = data.draw(st.permutations(order))
    assert "taken" not in {receiver.hears(audience, mark) for audience, mark in replay}


@given(marks)
def test_the_retained_message_come_again_is_known_and_not_refused(mark: Mark) -> None:
    receiver = Receiver()
    assert [receiver.hears("rundown", mark) for _ in range(3)] == ["taken", "known", "known"]


def test_one_message_of_the_restored_server_ends_the_say_of_the_lost_one() -> None:
    receiver = Receiver()
    assert receiver.hears("rundown", Mark(1, 900)) == "taken"
    assert receiver.hears("config", Mark(2, 1)) == "taken"
    assert receiver.hears("rundown", Mark(1, 901)) == "refused"
    assert receiver.hears("rundown", Mark(1, 900)) == "refused"
    assert receiver.hears("rundown", Mark(2, 1)) == "taken"


def test_a_receiver_that_knows_nothing_takes_any_epoch() -> None:
    assert highest_epoch({}) == 0
    assert is_new(Mark(7, 3), known=None, highest_epoch=0)
