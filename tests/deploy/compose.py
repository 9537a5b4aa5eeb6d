"""docker-compose.yml read into values, and a service's command and environment mapped onto this machine."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.deploy import dockerfile
from tests.house.repository import ROOT, read

FILE = "docker-compose.yml"


def project() -> dict[str, Any]:
    return dict(yaml.safe_load(read(FILE)))


def services() -> dict[str, dict[str, Any]]:
    return dict(project()["services"])


def words(service: str) -> list[str]:
    """What its container would run: its own entrypoint or the image's, then the command."""
    one = services()[service]
    target = one["build"]["target"]
    entry = dockerfile.read(ROOT / one["build"]["dockerfile"])[target].last("ENTRYPOINT").words()
    return [*one.get("entrypoint", entry), *one["command"]]


def environment(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in services()[service].get("environment", {}).items()}


def mapped(value: str, places: Mapping[str, str]) -> str:
    """`value` with each name of a container or a volume replaced by what stands for it here, the longest first."""
    longest_first = sorted(places, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda found: places[found.group()], value)
