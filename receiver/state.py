"""What a receiver knows, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from protocol.freshness import Mark
from protocol.messages import Config, Rundown, RundownHead
from protocol.signing import Trust
from receiver.agenda import Cue, Segment
from receiver.asrun import OpenRow


@dataclass(frozen=True, slots=True)
class HeldHead:
    """A signed head that was taken, with the bytes that prove it."""

    head: RundownHead
    mark: Mark
    payload: bytes


@dataclass(frozen=True, slots=True)
class State:
    cluster: str
    station: str
    trust: Trust
    since: datetime
    """The first start after enrolment; what was over before it is no business of this receiver."""
    started: datetime
    """When this process began."""
    session: int = 0
    linked: bool = False
    marks: Mapping[str, Mark] = field(default_factory=dict)
    config: Config | None = None
    newest: HeldHead | None = None
    """The newest head; its body may still be on its way."""
    in_force: HeldHead | None = None
    """The head whose body was read last: what is played."""
    in_force_since: datetime | None = None
    rundown: Rundown | None = None
    cues: tuple[Cue, ...] = ()
    """All that the rundown in force asks of this cluster."""
    held: frozenset[str] = frozenset()
    line: tuple[Segment, ...] = ()
    """Who has the air, for the next minutes."""
    volume: int | None = None
    """That was last sent to the player with `line`."""
    sounding: str | None = None
    """Key of the cue that is being heard."""
    begun: frozenset[str] = frozenset()
    """Keys that have been heard at least once."""
    rows: Mapping[str, OpenRow] = field(default_factory=dict)
    finished: frozenset[str] = frozenset()
    refused: Mapping[str, int] = field(default_factory=dict)
    """Messages refused since the start, by slug."""
    noted: Mapping[str, datetime] = field(default_factory=dict)
    """When an event of a kind was last journalled; the same is said once a minute."""
