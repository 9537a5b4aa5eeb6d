"""One programme on two stations: uploaded, scheduled, watched, and what the journal says of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cli.answers import Cluster, Item, Journal, JournalRow, Slot, StationRundown, Version
from cli.server import Server, understood
from deploy.demo.checks import Planned
from deploy.demo.voices import Programme
from deploy.demo.waiting import until
from protocol.messages import Occurrence

AHEAD = timedelta(seconds=15)
COMPILED_S = 10.0


@dataclass(frozen=True, slots=True)
class Broadcast:
    item: Item
    occurrences: dict[str, Occurrence]
    """By station: as its receivers have it, from the signed rundown."""

    @property
    def start(self) -> datetime:
        return min(occurrence.start for occurrence in self.occurrences.values())

    @property
    def end(self) -> datetime:
        return max(occurrence.end for occurrence in self.occurrences.values())

    def planned(self, cluster: Cluster) -> list[Planned]:
        """What the rundown and the cluster's language plan say together."""
        occurrence = self.occurrences[cluster.station.id]
        return [
            Planned(cluster.name, version.language, version.asset.sha256, occurrence.starts(version))
            for version in occurrence.versions_of(cluster.id, cluster.language_plan)
        ]


def new_item(server: Server, programme: Programme) -> Item:
    body = {"title": programme.title, "original_language": programme.original}
    return understood(Item, server.post("/items", body))


def uploaded(server: Server, item: Item, files: dict[str, Path]) -> Iterator[Version]:
    """Each version as the server made it, one after the other."""
    for language, file in files.items():
        with file.open("rb") as source:
            answer = server.upload(
                f"/items/{item.id}/versions", fields={"language": language}, name=file.name, file=source
            )
        yield understood(Version, answer)


def scheduled(server: Server, item: Item, stations: list[str], *, now: datetime) -> Broadcast:
    """The same start on every station, fifteen seconds ahead; known by the rundowns that the server published."""
    starts = (now + AHEAD + timedelta(seconds=1)).replace(microsecond=0)
    slots = []
    for station in stations:
        body = {"station": station, "item": item.id, "starts": starts.isoformat()}
        slots.append(understood(Slot, server.post("/slots", body)))
    return Broadcast(item, {slot.station: _occurrence(server, slot) for slot in slots})


def _occurrence(server: Server, slot: Slot) -> Occurrence:
    def look() -> Occurrence | None:
        published = understood(StationRundown, server.get(f"/stations/{slot.station}/rundown"))
        return next((o for o in published.rundown.occurrences if o.id.startswith(f"{slot.id}@")), None)

    return until(look, within_s=COMPILED_S, failing=lambda: "Lịch phát chưa có khung giờ này. / Not in the rundown.")


def states(server: Server, clusters: list[str]) -> list[Cluster]:
    return [understood(Cluster, server.get(f"/clusters/{cluster}")) for cluster in clusters]


def rows(server: Server, broadcast: Broadcast) -> list[JournalRow]:
    """As-run rows of the broadcast, by cluster and start."""
    found = [
        row
        for occurrence in broadcast.occurrences.values()
        for row in understood(Journal, server.get("/journal", occurrence=occurrence.id)).items
    ]
    return sorted(found, key=lambda row: (row.cluster.name, row.planned_start))
