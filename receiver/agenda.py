"""What should sound when: rundown and config become cues, and cues that overlap become one line of segments. Pure.

All positions are indices of samples since 1970 (receiver.instants), as they leave the sound output. A cluster whose
sound takes `output_latency_ms` from the output to the horns starts that much earlier; one that is to sound later
than its neighbours, against echo, starts `alignment_delay_ms` later.
"""

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from protocol.messages import Asset, Config, LatePolicy, Occurrence, Priority, Rundown, Version
from protocol.units import SAMPLE_RATE_HZ, Samples, duration
from receiver.instants import index_of

LATE_TOLERANCE_SAMPLES = SAMPLE_RATE_HZ
"""An item that may not be joined late may still begin within one second: nobody has missed a word yet."""

LINGER_SAMPLES = 2 * SAMPLE_RATE_HZ
"""A segment stays in line for two seconds after its end, so that an output that is behind still sounds all of it."""

_RANK = {Priority.EMERGENCY: 0, Priority.PRIORITY: 1, Priority.NORMAL: 2}


@dataclass(frozen=True, slots=True)
class Cue:
    """One version of an item as this cluster is to sound it."""

    key: str
    """Names the planned broadcast: one key, one as-run row."""
    occurrence: str
    title: str
    language: str
    asset: Asset
    priority: Priority
    late: LatePolicy
    planned_start: datetime
    planned_end: datetime
    first: Samples
    """The index at which sample 0 leaves the output."""
    latency: Samples
    """From the output to the horns."""

    @property
    def end(self) -> int:
        """The index after its last sample."""
        return self.first + self.asset.samples


@dataclass(frozen=True, slots=True)
class Segment:
    """From `begin` up to, not including, `end`, this cue has the air."""

    cue: Cue
    begin: int
    end: int


def cues(rundown: Rundown, config: Config) -> tuple[Cue, ...]:
    """Everything that the rundown asks of the cluster of `config`, by start."""
    found = (
        _cue(occurrence, version, config)
        for occurrence in rundown.occurrences
        for version in occurrence.versions_of(config.cluster, config.language_plan)
    )
    return tuple(sorted(found, key=lambda cue: (cue.first, cue.key)))


def _cue(occurrence: Occurrence, version: Version, config: Config) -> Cue:
    start = occurrence.starts(version)
    latency = _samples(config.output_latency_ms)
    return Cue(
        key=f"{occurrence.id}|{version.language}|{start.isoformat()}",
        occurrence=occurrence.id,
        title=occurrence.title,
        language=version.language,
        asset=version.asset,
        priority=occurrence.priority,
        late=occurrence.late,
        planned_start=start,
        planned_end=start + duration(version.asset.samples),
        first=Samples(index_of(start) - latency + _samples(config.alignment_delay_ms)),
        latency=latency,
    )


def _samples(milliseconds: float) -> Samples:
    return Samples(round(milliseconds * SAMPLE_RATE_HZ / 1_000))


def timeline(
    everything: Iterable[Cue], *, held: Collection[str], begun: Collection[str], now: int, until: int
) -> tuple[Segment, ...]:
    """Who has the air from `now` to `until`, by start; segments never overlap.

    A cue takes part when its asset is held. Where several do, the higher priority has the air, then the earlier, then
    the lower key; the other joins at its elapsed position when the air is free again, unless it may not be late.
    """
    candidates = [
        cue
        for cue in everything
        if cue.end > now - LINGER_SAMPLES
        and cue.first < until
        and cue.asset.sha256 in held
        and not too_late(cue, begun=begun, now=now)
    ]
    edges = sorted({edge for cue in candidates for edge in (cue.first, cue.end)})
    entered = set(begun)
    line: list[Segment] = []
    for begin, end in itertools.pairwise(edges):
        active = [cue for cue in candidates if cue.first <= begin < cue.end and _may_enter(cue, begin, entered)]
        if not active:
            continue
        winner = min(active, key=lambda cue: (_RANK[cue.priority], cue.first, cue.key))
        entered.add(winner.key)
        if line and line[-1].cue == winner and line[-1].end == begin:
            line[-1] = Segment(winner, line[-1].begin, end)
        else:
            line.append(Segment(winner, begin, end))
    return tuple(segment for segment in line if segment.end > now - LINGER_SAMPLES)


def too_late(cue: Cue, *, begun: Collection[str], now: int) -> bool:
    """Whether a cue that may not be joined late has missed its start."""
    return cue.late is LatePolicy.SKIP and cue.key not in begun and now > cue.first + LATE_TOLERANCE_SAMPLES


def _may_enter(cue: Cue, begin: int, entered: Collection[str]) -> bool:
    on_time = begin <= cue.first + LATE_TOLERANCE_SAMPLES
    return cue.late is LatePolicy.JOIN or on_time or cue.key in entered


def sounding(line: Sequence[Segment], index: int) -> tuple[Cue, Samples] | None:
    """What should sound at `index`, and which of its samples."""
    for segment in line:
        if segment.begin <= index < segment.end:
            return segment.cue, Samples(index - segment.cue.first)
    return None


def upcoming(everything: Iterable[Cue], index: int, *, but: Cue | None = None) -> Cue | None:
    """The next cue that begins after `index`, apart from one that an output already has in hand."""
    return next((cue for cue in everything if cue.first > index and cue != but), None)


def wanted(everything: Iterable[Cue], now: int) -> tuple[Asset, ...]:
    """The assets of what is not over yet, each once, in order of first use."""
    return tuple({cue.asset.sha256: cue.asset for cue in everything if cue.end > now}.values())
