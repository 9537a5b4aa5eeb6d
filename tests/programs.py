"""Programs of the system that slow tests need. A missing one fails its test and names what installs it."""

import shutil
from pathlib import Path

import pytest

DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")


def program(name: str, *, package: str) -> str:
    """The path of `name`; `package` is Debian's, and stands in .ci/packages."""
    places = ["/usr/sbin", "/sbin", *map(str, sorted(DEBIAN_POSTGRESQL.glob("*/bin"), reverse=True))]
    found = shutil.which(name) or shutil.which(name, path=":".join(places))
    if found is None:
        pytest.fail(f"{name} is missing: sudo apt-get install {package}")
    return found
