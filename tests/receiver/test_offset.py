"""The server's clock, from questions and answers."""

from hypothesis import given
from hypothesis import strategies as st

from receiver.offset import Estimate, Exchange, best, chosen

delays = st.floats(0.0001, 2.0)


def exchange(offset_s: float, there_s: float, back_s: float, *, thinking_s: float = 0.01, at: float = 1e9) -> Exchange:
    received = at + there_s + offset_s
    return Exchange(at, received, received + thinking_s, at + there_s + thinking_s + back_s)


@given(st.floats(-3_600, 3_600), st.lists(st.tuples(delays, delays), min_size=1, max_size=8))
def test_the_true_offset_lies_within_the_stated_error(offset_s: float, ways: list[tuple[float, float]]) -> None:
    estimate = best(exchange(offset_s, there, back) for there, back in ways)
    assert estimate is not None
    assert abs(estimate.offset_s - offset_s) <= estimate.error_s + 1e-5


def test_the_lowest_round_trip_wins() -> None:
    estimate = best([exchange(5.0, 0.9, 0.1), exchange(5.0, 0.01, 0.01), exchange(5.0, 0.1, 0.8)])
    assert estimate is not None
    assert abs(estimate.offset_s - 5.0) < 1e-5
    assert abs(estimate.error_s - 0.01) < 1e-5


def test_no_answer_is_no_estimate() -> None:
    assert best([]) is None


def test_a_bad_burst_does_not_replace_a_good_one_until_drift_makes_it_worse() -> None:
    good, bad = Estimate(1.0, 0.001, 0.0), Estimate(1.5, 0.5, 600.0)
    assert chosen(None, bad) == bad
    assert chosen(good, bad) == good
    much_later = Estimate(1.5, 0.5, 600.0 + 10_000.0)
    assert chosen(good, much_later) == much_later
