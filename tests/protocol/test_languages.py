"""Which versions a cluster plays (REQ-13)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.language_names import name_of, tag_of
from protocol.languages import chosen
from protocol.messages import Asset, Occurrence, Version
from protocol.units import SAMPLE_RATE_HZ

pytestmark = pytest.mark.req("REQ-13")

TAGS = ["vi", "blt", "hmn", "ium", "hni"]
tags = st.sampled_from(TAGS)
plans = st.lists(tags, min_size=1, max_size=6)


@given(plans, st.sets(tags), tags)
def test_a_cluster_plays_what_its_plan_and_the_item_share_in_the_plans_order(
    plan: list[str], available: set[str], original: str
) -> None:
    played = chosen(plan, available, original=original)
    shared = set(plan) & available
    if shared:
        assert set(played) == shared
        assert list(played) == sorted(played, key=plan.index)
    else:
        assert played == ((original,) if original in available else ())


@given(plans, st.sets(tags), tags)
def test_no_language_is_played_twice(plan: list[str], available: set[str], original: str) -> None:
    played = chosen(plan * 2, available, original=original)
    assert len(played) == len(set(played))


def minutes(text: str) -> int:
    """Samples of `6:20`."""
    whole, seconds = text.split(":")
    return (int(whole) * 60 + int(seconds)) * SAMPLE_RATE_HZ


START = datetime(2026, 3, 1, 10, tzinfo=UTC)
LAYOUT = {"vi": ("0:00", "6:20"), "hmn": ("0:00", "5:50"), "blt": ("5:50", "7:40")}
OCCURRENCE = Occurrence(
    id="l-4hx82mnd@2026-03-01",
    title="Giảm nghèo bền vững",
    start=START,
    end=START + timedelta(minutes=13, seconds=30),
    original="vi",
    versions=tuple(
        Version(
            language=tag,
            offset_samples=minutes(offset),
            asset=Asset(sha256=f"{place}" * 64, bytes=1, samples=minutes(length)),
        )
        for place, (tag, (offset, length)) in enumerate(LAYOUT.items())
    ),
)


@pytest.mark.parametrize(
    ("plan", "plays"),
    [
        (["vi"], [("vi", "0:00", "6:20")]),
        (["blt"], [("blt", "5:50", "13:30")]),
        (["hmn", "blt"], [("hmn", "0:00", "5:50"), ("blt", "5:50", "13:30")]),
        (["ium", "hmn"], [("hmn", "0:00", "5:50")]),
        (["ium"], [("vi", "0:00", "6:20")]),
    ],
)
def test_the_example_of_the_design(plan: list[str], plays: list[tuple[str, str, str]]) -> None:
    versions = OCCURRENCE.versions_of("c-3w5t8zqp", tuple(plan))
    assert [(v.language, v.offset_samples, v.offset_samples + v.asset.samples) for v in versions] == [
        (tag, minutes(begins), minutes(ends)) for tag, begins, ends in plays
    ]


def test_versions_are_played_by_their_offsets_even_where_the_plan_has_another_order() -> None:
    assert [v.language for v in OCCURRENCE.versions_of("c-3w5t8zqp", ("blt", "hmn"))] == ["hmn", "blt"]


def test_a_cluster_that_is_no_target_plays_nothing() -> None:
    elsewhere = OCCURRENCE.model_copy(update={"targets": ("c-00000000",)})
    assert elsewhere.versions_of("c-3w5t8zqp", ("vi",)) == ()
    assert elsewhere.versions_of("c-00000000", ("vi",)) != ()


def test_a_version_starts_at_its_offset() -> None:
    (blt,) = OCCURRENCE.versions_of("c-3w5t8zqp", ("blt",))
    assert OCCURRENCE.starts(blt) == START + timedelta(minutes=5, seconds=50)


def test_a_person_reads_the_name_of_a_language_and_not_its_tag() -> None:
    assert [name_of(tag) for tag in TAGS] == ["tiếng Việt", "tiếng Thái", "tiếng Mông", "tiếng Dao", "tiếng Hà Nhì"]
    assert name_of("vi-VN") == "tiếng Việt"
    assert name_of("qaa") == "qaa"


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        *[("vi", "vi"), ("VI", "vi"), ("tieng-viet", "vi"), ("Tiếng Việt", "vi"), ("vi-VN", "vi-VN")],
        *[("blt", "blt"), ("tieng-thai", "blt"), ("thai", "blt"), ("tiếng_Thái", "blt")],
        *[("hmn", "hmn"), ("tieng-mong", "hmn"), ("TIENG MONG", "hmn"), ("mong", "hmn")],
        *[("tieng-dao", "ium"), ("tieng-ha-nhi", "hni"), ("ha-nhi", "hni"), ("tienghanhi", "hni")],
        *[
            ("ban-tin-so-3", None),
            ("giam-ngheo", None),
            ("", None),
            ("recording", None),
            ("v", None),
            ("mix", None),
            ("vi-0", None),
        ],
    ],
)
def test_a_file_is_named_by_tag_or_by_the_name_of_its_language(written: str, tag: str | None) -> None:
    assert tag_of(written) == tag
