"""The body of a rundown: the same week gives the same bytes; what its head does not name is refused."""

import gzip
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.messages import Asset, Occurrence, Rundown, RundownHead, Version
from protocol.rundown import MAX_UNPACKED_BYTES, pack, unpack

START = datetime(2026, 3, 1, tzinfo=UTC)
STATION = "s-7k3m9q2x"


def occurrence(number: int, title: str = "Giảm nghèo bền vững") -> Occurrence:
    asset = Asset(sha256=hashlib.sha256(title.encode()).hexdigest(), bytes=1_000, samples=48_000)
    start = START + timedelta(minutes=number)
    return Occurrence(
        id=f"l-{number:08}@2026-03-01",
        title=title,
        start=start,
        end=start + timedelta(seconds=1),
        original="vi",
        versions=(Version(language="vi", offset_samples=0, asset=asset),),
    )


def week(*occurrences: Occurrence) -> Rundown:
    return Rundown(station=STATION, covers_from=START, covers_until=START + timedelta(days=7), occurrences=occurrences)


def head_of(packed: bytes, station: str = STATION) -> RundownHead:
    return RundownHead(station=station, sha256=hashlib.sha256(packed).hexdigest(), bytes=len(packed))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), max_size=5))
def test_a_week_comes_back_as_it_went(titles: list[str]) -> None:
    rundown = week(*(occurrence(number, title) for number, title in enumerate(titles)))
    head, packed = pack(rundown)
    assert unpack(packed, head) == rundown
    assert head.bytes == len(packed)


def test_the_same_week_gives_the_same_bytes_at_any_hour() -> None:
    one, other = week(occurrence(1), occurrence(2)), week(occurrence(1), occurrence(2))
    assert pack(one) == pack(other)
    assert pack(one)[1][4:8] == bytes(4), "gzip's time stamp would change the hash every second"


def test_a_full_week_of_a_station_fits_its_bounds() -> None:
    head, packed = pack(week(*(occurrence(number, f"Tin bài số {number}") for number in range(7 * 60))))
    assert len(packed) < 40_000
    assert len(unpack(packed, head).occurrences) == 420


def test_other_bytes_than_the_head_names_are_refused() -> None:
    head, _ = pack(week())
    _, other = pack(week(occurrence(1)))
    with pytest.raises(Malformed, match="not those that its head names"):
        unpack(other, head)


def test_a_head_of_the_wrong_size_is_refused() -> None:
    head, packed = pack(week())
    with pytest.raises(Malformed, match="not those that its head names"):
        unpack(packed, head.model_copy(update={"bytes": head.bytes + 1}))


def test_the_rundown_of_another_station_is_refused() -> None:
    _, packed = pack(week())
    with pytest.raises(Malformed, match="under a head of s-00000000"):
        unpack(packed, head_of(packed, station="s-00000000"))


@pytest.mark.parametrize(
    "packed",
    [b"no gzip", b"", gzip.compress(b"no json"), gzip.compress(b"{}"), gzip.compress(b"[" * 100_000)],
    ids=["no gzip", "empty", "no json", "no rundown", "deep"],
)
def test_bytes_that_are_no_rundown_are_refused(packed: bytes) -> None:
    head = RundownHead.model_construct(station=STATION, sha256=hashlib.sha256(packed).hexdigest(), bytes=len(packed))
    with pytest.raises(Malformed):
        unpack(packed, head)


def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    plain = week().model_dump_json().encode()
    bomb = gzip.compress(plain + b" " * (10 * MAX_UNPACKED_BYTES))
    assert len(bomb) < 400_000
    with pytest.raises(Malformed, match="larger than it may be"):
        unpack(bomb, head_of(bomb))


def test_a_rundown_that_is_cut_off_or_followed_by_more_is_refused() -> None:
    _, packed = pack(week(occurrence(1)))
    for wrong in (packed[:-9], packed + packed, packed + b"more"):
        with pytest.raises(Malformed):
            unpack(wrong, head_of(wrong))
