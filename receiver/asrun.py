"""The as-run row of one planned version, from its first sample to its last. Pure.

A row is INTERRUPTED until its last sample has sounded, and is kept on disk from its first; so a row that a crash left
open already says the truth.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from protocol.messages import AsRun, Result
from protocol.units import SAMPLE_RATE_HZ
from receiver.agenda import Cue

ON_TIME_SAMPLES = SAMPLE_RATE_HZ // 100
"""Up to 10 ms into the item its beginning was heard."""


class Reason(StrEnum):
    """Why a row is not simply complete; the server has the sentences."""

    UNFINISHED = "unfinished"
    """The receiver stopped before it could say more."""
    RESTARTED = "restarted"
    PRE_EMPTED = "pre-empted"
    WITHDRAWN = "withdrawn"
    UNDERRUN = "underrun"
    ASSET_MISSING = "asset-missing"
    TOO_LATE = "too-late"
    RECEIVER_OFF = "receiver-off"
    PLAN_CAME_LATE = "plan-came-late"


@dataclass(frozen=True, slots=True)
class OpenRow:
    row: AsRun
    broken: bool = False
    """Something of its sound was lost after its start."""


def row_id(cluster: str, key: str) -> str:
    """The same planned version at the same cluster has the same row, whatever is lost in between."""
    return hashlib.sha256(f"{cluster}|{key}".encode()).hexdigest()[:32]


def opened(cue: Cue, *, cluster: str, started: datetime, position: int, volume: int) -> OpenRow:
    late = position > ON_TIME_SAMPLES
    row = AsRun(
        id=row_id(cluster, cue.key),
        occurrence=cue.occurrence,
        title=cue.title,
        language=cue.language,
        sha256=cue.asset.sha256,
        planned_start=cue.planned_start,
        planned_end=cue.planned_end,
        started=started,
        result=Result.INTERRUPTED,
        volume=volume,
        reason=f"{Reason.UNFINISHED}, {Result.JOINED_LATE}" if late else Reason.UNFINISHED,
    )
    return OpenRow(row)


def recovered(row: AsRun) -> OpenRow:
    """A row that an earlier process left open."""
    return OpenRow(row.model_copy(update={"reason": Reason.RESTARTED.value}), broken=True)


def broken(row: OpenRow, *, at: datetime, reason: Reason) -> OpenRow:
    """Its sound was cut; it may come back before the item is over."""
    return replace(row, broken=True, row=row.row.model_copy(update={"ended": at, "reason": reason.value}))


def resumed(row: OpenRow) -> OpenRow:
    """It sounds again, so it has not ended."""
    return replace(row, row=row.row.model_copy(update={"ended": None}))


def completed(row: OpenRow, *, at: datetime, underruns: int) -> AsRun:
    """Its last sample has sounded."""
    reason = row.row.reason if row.broken else ""
    result = Result.COMPLETE
    if row.broken:
        result = Result.INTERRUPTED
    elif row.row.reason.endswith(Result.JOINED_LATE):
        result = Result.JOINED_LATE
    if underruns:
        reason = f"{reason}, {Reason.UNDERRUN} {underruns}".removeprefix(", ")
    return row.row.model_copy(update={"ended": at, "result": result, "reason": reason})


def missed(cue: Cue, *, cluster: str, volume: int, reason: Reason) -> AsRun:
    row = opened(cue, cluster=cluster, started=cue.planned_start, position=0, volume=volume).row
    return row.model_copy(update={"started": None, "result": Result.MISSED, "reason": reason.value})
