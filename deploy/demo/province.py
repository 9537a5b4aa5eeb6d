"""The reference province, from deploy/reference/ into a server."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cli.server import Server

REFERENCE = Path(__file__).parents[1] / "reference" / "lai-chau.json"
DEMONSTRATION = "trình diễn"
"""The tag of areas that only the demonstration names so: villages by number."""


class ReferenceCluster(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str
    language_plan: tuple[str, ...]


class Commune(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    aliases: tuple[str, ...]
    station: str
    """`new`, or `upgraded` from wired or FM."""
    clusters: tuple[ReferenceCluster, ...]


class District(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    communes: tuple[Commune, ...]


class Province(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    province: str
    as_of: str
    districts: tuple[District, ...]

    @property
    def communes(self) -> tuple[Commune, ...]:
        return tuple(commune for district in self.districts for commune in district.communes)

    @property
    def clusters(self) -> int:
        return sum(len(commune.clusters) for commune in self.communes)


@dataclass(frozen=True, slots=True)
class Registered:
    """A station on the server, with its clusters by number."""

    station: str
    clusters: dict[str, str]


def reference() -> Province:
    return Province.model_validate_json(REFERENCE.read_bytes())


def register(server: Server, province: Province, advance: Callable[[str], None]) -> dict[str, Registered]:
    """Every area, station and cluster, by the commune's name; `advance` hears of each commune that is done."""
    top = _area(server, province.province, "province")
    found = {}
    for district in province.districts:
        # Districts ended on 1 July 2025; the plan is older, and its communes lie in them.
        lies_in = _area(server, district.name, "district", parent=top, tags=(f"theo năm {province.as_of}",))
        for commune in district.communes:
            found[commune.name] = _commune(server, commune, lies_in)
            advance(commune.name)
    return found


def _commune(server: Server, commune: Commune, district: str) -> Registered:
    area = _area(server, commune.name, "commune", parent=district, aliases=commune.aliases)
    name = f"Đài truyền thanh xã {commune.name}"
    station = str(server.post("/stations", {"area": area, "name": name, "kind": "ip"})["id"])
    clusters = {}
    for cluster in commune.clusters:
        village = _area(server, f"Bản {cluster.number}", "village", parent=area, tags=(DEMONSTRATION,))
        body = {
            "station": station,
            "area": village,
            "name": f"{commune.name}, cụm {cluster.number}",
            "language_plan": list(cluster.language_plan),
        }
        clusters[cluster.number] = str(server.post("/clusters", body)["id"])
    return Registered(station, clusters)


def _area(
    server: Server,
    name: str,
    level: str,
    *,
    parent: str | None = None,
    aliases: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> str:
    body = {"name": name, "level": level, "parent": parent, "aliases": list(aliases), "tags": list(tags)}
    return str(server.post("/areas", body)["id"])
