"""The compiler of rundowns: slots, items and clusters in, the signed week out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from protocol import languages
from protocol.messages import Asset, Occurrence, Priority, Rundown, Version
from protocol.units import duration
from server.schedule.layout import offsets
from server.schedule.occurrences import occurrence_id, resolve


@dataclass(frozen=True, slots=True)
class PlacedItem:
    """An item with the assets that can be broadcast, by language."""

    id: str
    title: str
    original_language: str
    assets: Mapping[str, Asset]


@dataclass(frozen=True, slots=True)
class PlacedSlot:
    id: str
    starts_local: str
    fold: int
    item: PlacedItem
    priority: Priority
    clusters: tuple[str, ...] | None
    """None: every cluster of the station."""


def occurrence(slot: PlacedSlot, plans: Mapping[str, tuple[str, ...]], *, time_zone: str) -> Occurrence | None:
    """What `slot` means for clusters with these language plans (by cluster id); None when nobody would play it."""
    aimed = [plan for cluster, plan in plans.items() if slot.clusters is None or cluster in slot.clusters]
    item = slot.item
    playlists = [languages.chosen(plan, item.assets, original=item.original_language) for plan in aimed]
    lengths = {language: int(asset.samples) for language, asset in item.assets.items()}
    starts = offsets(lengths, playlists)
    if not starts:
        return None
    start = resolve(slot.starts_local, fold=slot.fold, time_zone=time_zone)
    end_samples = max(starts[language] + lengths[language] for language in starts)
    versions = [
        Version(language=language, offset_samples=offset, asset=item.assets[language])
        for language, offset in sorted(starts.items(), key=lambda placed: (placed[1], placed[0]))
    ]
    return Occurrence(
        id=occurrence_id(slot.id, slot.starts_local),
        title=item.title,
        start=start,
        end=start + duration(end_samples),
        priority=slot.priority,
        targets=slot.clusters,
        original=item.original_language,
        versions=tuple(versions),
    )


Overlap = tuple[Occurrence, Occurrence]


def overlap(one: Occurrence, other: Occurrence) -> bool:
    """Whether some cluster would have to play both at once."""
    apart = other.end <= one.start or other.start >= one.end
    shared = one.targets is None or other.targets is None or bool(set(one.targets) & set(other.targets))
    return shared and not apart


def overlaps(occurrences: Sequence[Occurrence]) -> list[Overlap]:
    """Every pair that overlaps, the earlier first; `occurrences` are in the order of their starts."""
    found = []
    for place, one in enumerate(occurrences):
        for other in occurrences[place + 1 :]:
            if other.start >= one.end:
                break
            if overlap(one, other):
                found.append((one, other))
    return found


def compiled(
    station: str,
    slots: Sequence[PlacedSlot],
    plans: Mapping[str, tuple[str, ...]],
    *,
    time_zone: str,
    covers_from: datetime,
    covers_until: datetime,
) -> Rundown:
    """The rundown of `station`; the same input gives the same bytes whatever the order of `slots`."""
    found = [occurrence(slot, plans, time_zone=time_zone) for slot in slots]
    within = [o for o in found if o is not None and o.end > covers_from and o.start < covers_until]
    return Rundown(
        station=station,
        covers_from=covers_from,
        covers_until=covers_until,
        occurrences=tuple(sorted(within, key=lambda o: (o.start, o.id))),
    )
