"""A bare Debian root, as an image's base would be, from the mirror that this machine itself uses."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs import program

SUITE = "bookworm"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
PIP_CONFIGURATIONS = [Path("/etc/pip.conf"), Path.home() / ".config/pip/pip.conf"]


def make(root: Path) -> None:
    """What `FROM debian:bookworm-slim` gives, and this machine's way to its registries."""
    if os.geteuid() != 0:
        pytest.fail("the Dockerfile's lines are run in a root of their own: run the slow tests as root")
    debootstrap = program("debootstrap", package="debootstrap")
    sources = _sources()
    main = next(uri for uri, suite in sources if suite == SUITE)
    with (root.parent / "debootstrap.log").open("w") as log:
        done = subprocess.run(
            [debootstrap, "--variant=minbase", SUITE, str(root), main], stdout=log, stderr=log, check=False
        )
    assert done.returncode == 0, (root.parent / "debootstrap.log").read_text()[-2000:]
    lines = [f"deb {uri} {suite} main\n" for uri, suite in sources]
    (root / "etc/apt/sources.list").write_text("".join(lines))
    (root / "etc/apt/apt.conf.d/90machine").write_text(_apt_settings())


def environment() -> dict[str, str]:
    """Of a RUN line: no more of this machine than its proxies and whom pip trusts."""
    passed = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    if AUTHORITIES.exists():
        passed |= {"PIP_CERT": "/etc/machine-authorities.crt"}
    return passed


def lend(root: Path) -> None:
    """For the time of a build: who pip trusts and where it asks, and names that resolve."""
    if AUTHORITIES.exists():
        shutil.copy(AUTHORITIES, root / "etc/machine-authorities.crt")
    for one in PIP_CONFIGURATIONS:
        if one.exists():
            settings = [
                line for line in one.read_text().splitlines() if not line.strip().startswith(("cert", "find-links"))
            ]
            (root / "etc/pip.conf").write_text("\n".join(settings))
    for name in ("resolv.conf", "hosts"):
        shutil.copy(Path("/etc") / name, root / "etc" / name)


def take_back(root: Path) -> None:
    for name in ("machine-authorities.crt", "pip.conf", "resolv.conf", "hosts"):
        (root / "etc" / name).unlink(missing_ok=True)


def _sources() -> list[tuple[str, str]]:
    """Address and suite of each Debian repository of this release that apt is set up with."""
    form = "$(CREATED_BY) $(REPO_URI) $(CODENAME) $(COMPONENT)"
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", form], check=True, capture_output=True, text=True
    ).stdout
    words = [line.split() for line in listed.splitlines()]
    found = dict.fromkeys(
        (w[1], w[2]) for w in words if w[0] == "Packages" and w[2].startswith(SUITE) and w[3] == "main"
    )
    if not any(suite == SUITE for _, suite in found):
        pytest.fail(f"apt knows no repository of Debian {SUITE} on this machine: run apt-get update on Debian 12")
    return list(found)


def _apt_settings() -> str:
    dumped = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True).stdout
    kept = ("Acquire::http", "Acquire::https", "Acquire::Check", "Acquire::Retries")
    return "".join(f"{line}\n" for line in dumped.splitlines() if line.startswith(kept))
