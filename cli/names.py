"""Which station, cluster or item a person means.

Names are dangerous: Nậm Chà and Nậm Cha are two communes, the same without diacritics. A name that two things bear,
with or without diacritics, is refused, and both are listed with their codes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cli.answers import Areas, Cluster, Clusters, Item, Items, Station, Stations
from cli.errors import Ambiguous, Misuse
from cli.server import Server, understood
from protocol.language_names import plain_letters

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Named(Generic[Thing]):
    thing: Thing
    codes: tuple[str, ...]
    """What names it and nothing else; the first is shown."""
    names: tuple[str, ...]
    shown: str
    """In full, so that a person can tell it from its namesakes."""


def chosen(asked: str, among: Iterable[Named[Thing]], *, kind_vi: str, kind_en: str) -> Thing:
    """The one thing whose code or name is `asked`. Raises Misuse for none, Ambiguous for several."""
    every = list(among)
    for named in every:
        if asked.strip().lower() in {code.lower() for code in named.codes}:
            return named.thing
    wanted = plain_letters(asked)
    found = [named for named in every if wanted in {plain_letters(name) for name in named.names}]
    if not found:
        raise Misuse(f"Không có {kind_vi} nào là “{asked}”.", f"There is no {kind_en} “{asked}”.")
    if len(found) > 1:
        listed = "".join(f"\n  {named.codes[0]}  {named.shown}" for named in found)
        raise Ambiguous(
            f"Có {len(found)} {kind_vi} cùng tên khi bỏ dấu; hãy dùng mã:{listed}",
            f"{len(found)} {kind_en}s go by “{asked}”: use the code.",
        )
    return found[0].thing


def station(server: Server, asked: str) -> Station:
    areas = {area.id: area for area in understood(Areas, server.get("/areas")).items}
    stations = understood(Stations, server.get("/stations")).items

    def path(area: str | None) -> str:
        steps: list[str] = []
        while area is not None and area in areas and len(steps) < len(areas):
            steps.append(areas[area].name)
            area = areas[area].parent
        return " › ".join(reversed(steps))

    def names(found: Station) -> tuple[str, ...]:
        area = areas.get(found.area)
        return (found.name, area.name, *area.aliases) if area else (found.name,)

    return chosen(
        asked,
        (Named(s, (s.id,), names(s), f"{s.name} ({path(s.area)})") for s in stations),
        kind_vi="đài",
        kind_en="station",
    )


def cluster(server: Server, asked: str) -> Cluster:
    return clusters(server, [asked])[0]


def clusters(server: Server, asked: Sequence[str]) -> list[Cluster]:
    every = understood(Clusters, server.get("/clusters")).items
    named = [Named(c, (c.id, c.code), (c.name,), f"{c.name}, {c.station.name} ({c.area.path})") for c in every]
    return [chosen(one, named, kind_vi="cụm loa", kind_en="cluster") for one in asked]


def item(server: Server, asked: str) -> Item:
    every = understood(Items, server.get("/items")).items
    return chosen(asked, (Named(i, (i.id,), (i.title,), i.title) for i in every), kind_vi="tin bài", kind_en="item")
