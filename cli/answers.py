"""What the server answers, as far as the commands read it; what is more is ignored, as on the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from protocol.messages import AsRun, Asset, Rundown, Status


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Login(Answer):
    token: str
    expires: datetime


class Area(Answer):
    id: str
    name: str
    level: str
    parent: str | None = None
    aliases: tuple[str, ...] = ()


class Station(Answer):
    id: str
    area: str
    name: str
    time_zone: str


class StationRef(Answer):
    id: str
    name: str


class AreaRef(Answer):
    id: str
    name: str
    path: str


class Cluster(Answer):
    id: str
    code: str
    name: str
    station: StationRef
    area: AreaRef
    type: str
    vendor: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    language_plan: tuple[str, ...]
    volume: int
    enrolled: bool
    software_version: str | None = None
    connection: str
    last_heard: datetime | None = None
    status: Status | None = None


class EnrolmentCode(Answer):
    code: str
    expires: datetime
    address: str


class Loudness(Answer):
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None


class Version(Answer):
    language: str
    asset: Asset
    before: Loudness
    after: Loudness
    gain_db: float
    warnings: tuple[str, ...] = ()


class Item(Answer):
    id: str
    title: str
    original_language: str
    versions: tuple[Version, ...] = ()


class Slot(Answer):
    id: str
    station: str
    item: str
    starts_local: str
    starts: datetime
    ends: datetime | None = None
    priority: str
    clusters: tuple[str, ...] | None = None


class Head(Answer):
    epoch: int
    sequence: int
    sha256: str
    bytes: int
    issued: datetime
    expires: datetime


class StationRundown(Answer):
    head: Head
    rundown: Rundown


class JournalCluster(Answer):
    id: str
    name: str
    station_name: str


class JournalRow(AsRun):
    cluster: JournalCluster


class Areas(Answer):
    items: tuple[Area, ...]


class Stations(Answer):
    items: tuple[Station, ...]


class Clusters(Answer):
    items: tuple[Cluster, ...]


class Items(Answer):
    items: tuple[Item, ...]


class Slots(Answer):
    items: tuple[Slot, ...]


class Journal(Answer):
    items: tuple[JournalRow, ...] = Field(())
