"""What states, times and measures are called on screen."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime

from protocol.language_names import name_of
from protocol.messages import ClockReading, PlayState, Result, Status
from protocol.units import SAMPLE_RATE_HZ

CONNECTIONS = {"online": "trực tuyến", "offline": "đã tắt", "lost": "mất kết nối", "never": "chưa kích hoạt"}
STATES = {PlayState.PLAYING: "đang phát", PlayState.PAUSED: "tạm dừng", PlayState.STOPPED: "im lặng"}
RESULTS = {
    Result.COMPLETE: "đủ",
    Result.JOINED_LATE: "vào muộn",
    Result.INTERRUPTED: "bị ngắt",
    Result.MISSED: "không phát",
}
PRIORITIES = {"emergency": "khẩn cấp", "priority": "ưu tiên", "normal": "thông thường"}


def plain(text: str) -> str:
    """`text` without what could steer the terminal that shows it."""
    return "".join("�" if unicodedata.category(letter) == "Cc" else letter for letter in text)


def languages(tags: Iterable[str]) -> str:
    return ", ".join(plain(name_of(tag)) for tag in tags)


def length(samples: int) -> str:
    """Minutes and seconds, `6:20`."""
    seconds = round(samples / SAMPLE_RATE_HZ)
    return f"{seconds // 60}:{seconds % 60:02}"


def megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def ago(then: datetime | None, *, now: datetime) -> str:
    if then is None:
        return "—"
    seconds = max(0, round((now - then).total_seconds()))
    if seconds < 60:
        return f"{seconds} giây trước"
    if seconds < 3_600:
        return f"{seconds // 60} phút trước"
    return f"{seconds // 3_600} giờ trước" if seconds < 48 * 3_600 else f"{seconds // 86_400} ngày trước"


def clock(reading: ClockReading | None) -> str:
    """The bound of the clock's error: within it the sound keeps in step."""
    return f"± {reading.error_ms:.1f} ms" if reading else "chưa đo"


def playing(status: Status | None) -> str:
    if status is None or status.playing is None:
        return "—"
    now = status.playing
    return f"{plain(now.title)} · {languages([now.language])} · {length(now.position_samples)}"


def cache(status: Status | None) -> str:
    if status is None:
        return "—"
    files = f"{status.cache.files} tệp, {megabytes(status.cache.bytes)}"
    return f"{files}, thiếu {status.cache.missing}" if status.cache.missing else files
