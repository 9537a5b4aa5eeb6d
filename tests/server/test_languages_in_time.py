"""Where each language starts within an occurrence (design: "Languages in time")."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from protocol.languages import chosen
from protocol.units import SAMPLE_RATE_HZ
from server.schedule.layout import offsets

TAGS = ["vi", "blt", "hmn", "ium", "hni"]
lengths = st.dictionaries(st.sampled_from(TAGS), st.integers(1, 10**7), min_size=1)
plans = st.lists(st.lists(st.sampled_from(TAGS), min_size=1, max_size=4, unique=True), min_size=1, max_size=6)


def seconds(minutes: int, rest: int) -> int:
    return (minutes * 60 + rest) * SAMPLE_RATE_HZ


def test_the_designs_example_lasts_thirteen_and_a_half_minutes() -> None:
    made = {"vi": seconds(6, 20), "blt": seconds(7, 40), "hmn": seconds(5, 50)}
    starts = offsets(made, [["vi"], ["blt"], ["hmn", "blt"]])
    assert starts == {"vi": 0, "hmn": 0, "blt": seconds(5, 50)}
    assert max(starts[tag] + made[tag] for tag in made) == seconds(13, 30)


def test_of_two_equally_short_layouts_the_one_in_the_plans_order_is_taken() -> None:
    assert offsets({"hmn": 5, "vi": 5}, [["hmn", "vi"]]) == {"hmn": 0, "vi": 5}
    assert offsets({"hmn": 5, "vi": 5}, [["vi", "hmn"]]) == {"vi": 0, "hmn": 5}


def test_versions_that_no_cluster_plays_have_no_place() -> None:
    assert offsets({"vi": 5, "blt": 9}, [["vi"]]) == {"vi": 0}
    assert offsets({"vi": 5}, []) == {}


@given(lengths, plans)
def test_no_cluster_ever_has_two_versions_at_once(lengths: dict[str, int], plans: list[list[str]]) -> None:
    original = min(lengths)
    playlists = [chosen(plan, lengths, original=original) for plan in plans]
    starts = offsets(lengths, playlists)
    assert set(starts) == {tag for playlist in playlists for tag in playlist}
    for playlist in playlists:
        for one, other in combinations(playlist, 2):
            assert starts[one] + lengths[one] <= starts[other] or starts[other] + lengths[other] <= starts[one]


@given(lengths, plans)
def test_an_occurrence_is_never_longer_than_its_versions_one_after_the_other(
    lengths: dict[str, int], plans: list[list[str]]
) -> None:
    original = min(lengths)
    playlists = [chosen(plan, lengths, original=original) for plan in plans]
    starts = offsets(lengths, playlists)
    end = max(starts[tag] + lengths[tag] for tag in starts)
    longest = max(sum(lengths[tag] for tag in playlist) for playlist in playlists)
    assert longest <= end <= sum(lengths[tag] for tag in starts)
    if all(len(playlist) == 1 for playlist in playlists):
        assert set(starts.values()) == {0}
