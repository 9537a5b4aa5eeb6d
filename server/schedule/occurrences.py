"""When a slot happens: wall time and zone to an instant, each date on its own."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from server.errors import Invalid


def resolve(starts_local: str, *, fold: int, time_zone: str) -> datetime:
    """The UTC instant of a wall time (the first of two where the clock is set back, unless `fold` is 1)."""
    wall = datetime.fromisoformat(starts_local).replace(tzinfo=ZoneInfo(time_zone), fold=fold)
    return wall.astimezone(UTC)


def placed(starts: datetime, *, time_zone: str) -> tuple[str, int, datetime]:
    """The wall time, the fold and the instant that a caller means: a wall time of the station, or an instant.

    Raises Invalid for a wall time that does not exist because the clock is set forward over it, or a date out of range.
    """
    zone = ZoneInfo(time_zone)
    try:
        wall = starts.replace(tzinfo=zone) if starts.tzinfo is None else starts.astimezone(zone)
        instant = wall.astimezone(UTC)
    except OverflowError as error:
        vi, en = "Ngày này nằm ngoài lịch.", "That date is outside the calendar."
        raise Invalid("date-out-of-range", vi, en) from error
    back = instant.astimezone(zone)
    if back.replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise Invalid(
            "time-does-not-exist",
            f"Giờ {wall:%H:%M} ngày {wall:%d/%m/%Y} không có vì đồng hồ được chỉnh tới. Hãy chọn giờ khác.",
            f"{wall:%H:%M} on {wall:%Y-%m-%d} does not exist: the clock is set forward over it. Choose another time.",
        )
    return wall.replace(tzinfo=None, fold=0).isoformat(), back.fold, instant


def occurrence_id(slot: str, starts_local: str) -> str:
    """Stable over every new compilation: `slot@local-date`."""
    return f"{slot}@{starts_local[:10]}"


def week(now: datetime, *, time_zone: str) -> tuple[datetime, datetime]:
    """From the start of the station's today until the end of the seventh day after it, in UTC.

    Whole days, so that a rundown changes at midnight and not with every compilation.
    """
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()

    def midnight(days: int) -> datetime:
        date = today + timedelta(days=days)
        return datetime(date.year, date.month, date.day, tzinfo=zone).astimezone(UTC)

    return midnight(0), midnight(8)
