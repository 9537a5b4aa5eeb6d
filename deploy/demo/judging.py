"""Recordings, rundown and journal of a broadcast, held against each other."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from cli.answers import Cluster, JournalRow
from deploy.demo import checks
from deploy.demo.broadcast import Broadcast
from deploy.demo.checks import Heard, Planned, Verdict
from deploy.demo.receivers import Receiver
from deploy.demo.recordings import Line, Recording, decoded


def verdicts(
    onair: Broadcast,
    places: Sequence[tuple[Cluster, Receiver]],
    rows: Sequence[JournalRow],
    *,
    asset: Callable[[str], Path],
) -> list[Verdict]:
    """`asset` finds the file of a SHA-256."""
    versions = {version.asset.sha256: version for o in onair.occurrences.values() for version in o.versions}
    lines = {sha256: decoded(asset(sha256)) for sha256 in versions}
    tags = {sha256: version.language for sha256, version in versions.items()}
    found: list[Heard] = []
    quiet: list[Verdict] = []
    planned: list[Planned] = []
    for cluster, receiver in places:
        recording = Recording.read(receiver.wav)
        mine = onair.planned(cluster)
        planned += mine
        found += [checks.heard(one, recording, lines, tags) for one in mine]
        quiet.append(checks.silence(cluster.name, recording, _spans(mine, lines)))
    by_version = {(row.cluster.name, row.sha256): row for row in rows}
    return [
        *(one.verdict() for one in found),
        *quiet,
        checks.together(found),
        checks.on_time(found),
        checks.logged(planned, by_version),
    ]


def _spans(planned: Sequence[Planned], lines: dict[str, Line]) -> list[tuple[datetime, datetime]]:
    return [checks.span(one, lines[one.sha256]) for one in planned]
