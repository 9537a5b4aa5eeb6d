"""What must hold of a broadcast: the right version at each cluster and no other, silence between, a common start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.matching import Match, match
from deploy.demo.recordings import Line, Recording
from protocol.language_names import name_of
from protocol.messages import AsRun, Result
from protocol.units import SAMPLE_RATE_HZ, duration

RIGHT = 0.9
"""Every second of the right version must reach it."""
WRONG = 0.5
"""No other version may reach it at the same place."""
SILENCE = 10 ** (-80 / 20)
MARGIN = timedelta(milliseconds=100)
TOGETHER_MS = 5.0
ON_TIME_MS = 20.0


@dataclass(frozen=True, slots=True)
class Planned:
    """What one cluster is to play at one instant."""

    cluster: str
    language: str
    sha256: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    holds: bool
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One version as it stands in its cluster's recording."""

    planned: Planned
    match: Match
    others: Mapping[str, float]
    """Correlation of the versions in other languages at the same place, by language."""

    @property
    def started(self) -> datetime:
        return self.planned.start + timedelta(seconds=self.match.lag_samples / SAMPLE_RATE_HZ)

    def verdict(self) -> Verdict:
        rest = ", ".join(f"{name_of(tag)} {score:.2f}" for tag, score in self.others.items())
        what = f"{name_of(self.planned.language)}: tương quan {self.match.correlation:.3f}"
        what += f", giây kém nhất {self.match.worst_second:.3f} (≥ {RIGHT})"
        what += f"; bản khác: {rest} (≤ {WRONG})" if rest else ""
        right = self.match.worst_second >= RIGHT and self.match.correlation >= RIGHT
        alone = all(score <= WRONG for score in self.others.values())
        return Verdict(right and alone, self.planned.cluster, what)


def heard(planned: Planned, recording: Recording, assets: Mapping[str, Line], tags: Mapping[str, str]) -> Heard:
    """`assets` and `tags` are the decoded sound and the language of every version, by SHA-256."""
    others = {
        tags[sha256]: match(recording, line, planned.start).correlation
        for sha256, line in assets.items()
        if sha256 != planned.sha256
    }
    return Heard(planned, match(recording, assets[planned.sha256], planned.start), others)


def silence(cluster: str, recording: Recording, spans: list[tuple[datetime, datetime]]) -> Verdict:
    loudest = recording.loudest_outside(spans, margin=MARGIN)
    return Verdict(loudest <= SILENCE, cluster, "im lặng ngoài giờ phát / silent before, between and after")


def together(found: Sequence[Heard]) -> Verdict:
    """Of versions that were planned for the same instant, wherever they played."""
    spread_ms = max(
        (
            (max(mates) - min(mates)).total_seconds() * 1_000
            for mates in (
                [other.started for other in found if other.planned.start == one.planned.start] for one in found
            )
        ),
        default=0.0,
    )
    clusters = len({one.planned.cluster for one in found})
    what = f"bắt đầu cùng lúc, lệch nhất {spread_ms:.2f} ms (≤ {TOGETHER_MS:g}) / started together"
    return Verdict(spread_ms <= TOGETHER_MS, f"{clusters} cụm", what)


def on_time(found: Sequence[Heard]) -> Verdict:
    latest = max((abs(one.match.lag_ms) for one in found), default=0.0)
    what = f"đúng giờ đã định, lệch nhất {latest:.2f} ms (≤ {ON_TIME_MS:g}) / on time"
    return Verdict(latest <= ON_TIME_MS, f"{len(found)} bản", what)


def logged(planned: Sequence[Planned], rows: Mapping[tuple[str, str], AsRun]) -> Verdict:
    """Every planned version has its as-run row, complete; `rows` are by cluster and SHA-256."""
    complete = [
        row
        for one in planned
        if (row := rows.get((one.cluster, one.sha256))) and row.result is Result.COMPLETE and row.started
    ]
    what = f"nhật ký có {len(complete)}/{len(planned)} dòng đủ / as-run rows complete"
    return Verdict(len(complete) == len(planned), "nhật ký", what)


def span(planned: Planned, line: Line) -> tuple[datetime, datetime]:
    return planned.start, planned.start + duration(len(line))
