"""Wall time to instants, each date on its own."""

from datetime import UTC, datetime

import pytest

from server.errors import Invalid
from server.schedule.occurrences import occurrence_id, placed, resolve, week

HANOI = "Asia/Ho_Chi_Minh"


def test_half_past_five_in_lai_chau_is_half_past_ten_the_evening_before_in_utc() -> None:
    starts_local, fold, instant = placed(datetime(2026, 11, 23, 5, 30), time_zone=HANOI)  # noqa: DTZ001 -- Wall time.
    assert (starts_local, fold) == ("2026-11-23T05:30:00", 0)
    assert instant == datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert resolve(starts_local, fold=fold, time_zone=HANOI) == instant


def test_an_instant_is_kept_as_the_stations_wall_time() -> None:
    starts_local, _, instant = placed(datetime(2026, 11, 22, 22, 30, 0, 500_000, tzinfo=UTC), time_zone=HANOI)
    assert starts_local == "2026-11-23T05:30:00.500000"
    assert resolve(starts_local, fold=0, time_zone=HANOI) == instant


def test_a_wall_time_that_the_clock_skips_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        placed(datetime(2026, 3, 29, 2, 30), time_zone="Europe/Paris")  # noqa: DTZ001 -- Wall time.
    assert refusal.value.slug == "time-does-not-exist"


def test_of_two_equal_wall_times_an_instant_says_which() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    starts_local, fold, instant = placed(second, time_zone="Europe/Paris")
    assert (starts_local, fold) == ("2026-10-25T02:30:00", 1)
    assert resolve(starts_local, fold=fold, time_zone="Europe/Paris") == instant == second
    assert resolve(starts_local, fold=0, time_zone="Europe/Paris") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_week_begins_at_the_stations_midnight_and_changes_only_there() -> None:
    evening = datetime(2026, 11, 21, 16, 59, tzinfo=UTC)  # 23:59 in Vietnam.
    night = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)  # 00:00 of the 22nd.
    start, end = week(evening, time_zone=HANOI)
    assert start == datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    assert (end - start).days == 8
    assert week(night, time_zone=HANOI)[0] == night
    assert week(datetime(2026, 11, 21, 3, 0, tzinfo=UTC), time_zone=HANOI) == (start, end)


def test_an_occurrence_is_named_by_its_slot_and_local_date() -> None:
    assert occurrence_id("t-7k3m9q2x", "2026-11-23T05:30:00") == "t-7k3m9q2x@2026-11-23"
