"""What happens to a receiver (events), and what it then does (effects). Values only."""

from dataclasses import dataclass
from datetime import datetime

from protocol.freshness import Mark
from protocol.messages import AsRun, Asset, RundownHead
from receiver.agenda import Segment


@dataclass(frozen=True, slots=True)
class MessageCame:
    """From the broker; `topic` without the protocol's root, `payload` as it came."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class BodyCame:
    """The packed rundown that a head asked for; not yet checked."""

    sha256: str
    packed: bytes


@dataclass(frozen=True, slots=True)
class AssetHeld:
    """An asset is in the library, verified."""

    sha256: str


@dataclass(frozen=True, slots=True)
class AssetLost:
    """Its file was found damaged, and removed."""

    sha256: str


@dataclass(frozen=True, slots=True)
class LinkChanged:
    up: bool
    session: int


@dataclass(frozen=True, slots=True)
class SoundStarted:
    """The first audible sample of a cue since the last SoundEnded left the horns at `at`."""

    key: str
    at: datetime
    position: int
    """Which sample of the asset it was."""


@dataclass(frozen=True, slots=True)
class SoundEnded:
    key: str
    at: datetime
    whole: bool
    """It ended because the asset was over."""
    underruns: int = 0
    """How often there was silence because nothing was decoded in time."""


@dataclass(frozen=True, slots=True)
class FaultSeen:
    """Something of the machine failed, or works again."""

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; comes about once a second."""


Event = MessageCame | BodyCame | AssetHeld | AssetLost | LinkChanged | SoundStarted | SoundEnded | FaultSeen | Tick


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep the newest message of an audience, with its mark, through any crash."""

    audience: str
    mark: Mark
    payload: bytes


@dataclass(frozen=True, slots=True)
class RememberRundown:
    """Keep the rundown in force: its signed head and its body, together."""

    head: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class FetchBody:
    head: RundownHead


@dataclass(frozen=True, slots=True)
class Want:
    """The assets to have, the first needed first."""

    assets: tuple[Asset, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """Sound this and nothing else."""

    line: tuple[Segment, ...]
    volume: int


@dataclass(frozen=True, slots=True)
class SaveRow:
    """Keep a row that is not finished, so that a crash leaves it told as interrupted."""

    key: str
    row: AsRun


@dataclass(frozen=True, slots=True)
class FinishRow:
    """The row is final: to the journal, and never again for this key."""

    key: str
    row: AsRun


@dataclass(frozen=True, slots=True)
class Note:
    """An event for the journal."""

    at: datetime
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class UseAddresses:
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What the status says may have changed."""


Effect = Remember | RememberRundown | FetchBody | Want | Play | SaveRow | FinishRow | Note | UseAddresses | Report
