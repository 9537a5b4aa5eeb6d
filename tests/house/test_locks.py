"""The locks are in step with pyproject.toml: what `make lock` would have changed is seen without the network."""

import re
import tomllib
from itertools import combinations
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.repository import read

PROJECT: dict[str, Any] = tomllib.loads(read("pyproject.toml"))
LOCKS = {
    "dev": tuple(PROJECT["project"]["optional-dependencies"]),
    "server": ("server", "speech"),
    "receiver": ("receiver",),
}


def direct(extras: tuple[str, ...]) -> list[Requirement]:
    """What pyproject.toml asks for with these extras, its own extras followed."""
    optional: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
    asked = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    waiting = list(extras)
    for extra in waiting:
        for requirement in map(Requirement, optional[extra]):
            if requirement.name == "loa":
                waiting += [inner for inner in requirement.extras if inner not in waiting]
            else:
                asked.append(requirement)
    return asked


def pins(lock: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", read(f"requirements/{lock}.txt"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_direct_dependency_is_pinned_at_a_version_that_is_asked_for(lock: str) -> None:
    asked = direct(LOCKS[lock])
    if lock == "dev":
        asked += map(Requirement, PROJECT["dependency-groups"]["dev"])
    pinned = pins(lock)
    wrong = {
        str(one): pinned.get(canonicalize_name(one.name), "missing")
        for one in asked
        if not one.specifier.contains(pinned.get(canonicalize_name(one.name), "0.dev0"), prereleases=True)
        or canonicalize_name(one.name) not in pinned
    }
    assert not wrong, "make lock"


def test_every_pin_has_a_hash_and_no_place_to_download_from() -> None:
    for lock in LOCKS:
        entries = re.split(r"\n(?=\S)", read(f"requirements/{lock}.txt").strip())
        assert not [entry for entry in entries if "--hash=sha256:" not in entry]
        assert "://" not in "".join(entries)


def test_programs_and_tests_are_locked_to_the_same_versions() -> None:
    for one, other in combinations(LOCKS, 2):
        ours, theirs = pins(one), pins(other)
        assert not {name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]}


def test_the_receiver_is_locked_to_nothing_of_the_server() -> None:
    assert not pins("receiver").keys() & {"fastapi", "sqlalchemy", "uvicorn", "httpx2", "scipy", "aiortc", "asyncpg"}
