"""MQTT topics and filters: which filter takes which topic, and what NATS calls them."""

import re

_LEVEL = re.compile(r"[A-Za-z0-9_-]+\Z")


def takes(topic_filter: str, topic: str) -> bool:
    """Whether a subscription to `topic_filter` receives `topic`; `x/#` takes `x` too (MQTT 3.1.1, 4.7.1.2)."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in {"#", "+"}:
        return False
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(levels) or level not in {"+", levels[place]}:
            return False
    return len(wanted) == len(levels)


def of_filter(topic_filter: str) -> tuple[str, ...]:
    """The NATS subjects of an MQTT topic or filter; `x/#` is two, for NATS takes `x` out of `x.>`.

    Raises ValueError for a level outside letters, digits, `-` and `_`: NATS maps a dot, a space or an
    empty level in ways of its own, and a permission must mean exactly what it says.
    """
    levels = topic_filter.split("/")
    many = levels[-1] == "#"
    names = [_of_level(level, topic_filter) for level in (levels[:-1] if many else levels)]
    if not many:
        return (".".join(names),)
    return (".".join(names), ".".join([*names, ">"])) if names else (">",)


def _of_level(level: str, topic_filter: str) -> str:
    if level == "+":
        return "*"
    if not _LEVEL.match(level):
        raise ValueError(f"{level!r} in {topic_filter!r} cannot be a level of our topics")
    return level
