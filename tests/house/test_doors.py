"""One door: the README, the Makefile and CI name the same commands."""

import re

from tests.house.repository import ROOT, files, read

AWAITED = {"demo", "bench", "bench-NAME"}
"""Named in the documents before they are there."""


def targets() -> dict[str, str]:
    """Each with what stands behind its `##`."""
    lines = re.findall(r"^([a-z][a-z-]*):(?!=)([^\n]*)", read("Makefile"), re.MULTILINE)
    return {name: rest.partition("##")[2].strip() for name, rest in lines}


def test_every_target_says_what_it_is_for_and_is_no_file() -> None:
    phony = set(re.findall(r"[\w-]+", read("Makefile").partition(".PHONY:")[2]))
    assert not [name for name, purpose in targets().items() if not purpose]
    assert phony == set(targets())


def test_every_make_command_in_the_documents_exists() -> None:
    documents = [path for path in files() if path.suffix == ".md"]
    named = {
        (str(path), found)
        for path in documents
        for found in re.findall(r"(?:^|`)make ([a-z][\w-]*)", (ROOT / path).read_text(), re.MULTILINE)
    }
    assert not {(path, name) for path, name in named if name not in targets() and name not in AWAITED}


def test_ci_runs_what_the_readme_says() -> None:
    assert re.search(r"^make test$", read("README.md"), re.MULTILINE)
    commands = re.findall(r"^(?:timeout .* )?(make [\w-]+)$", read(".ci/run"), re.MULTILINE)
    assert commands == ["make test", "make test-slow"]


def test_every_system_package_that_a_test_names_is_installed_by_ci() -> None:
    installed = {line.split("#")[0].strip() for line in read(".ci/packages").splitlines()}
    tests = [path for path in files() if path.parts[0] == "tests" and path.suffix == ".py"]
    named = {
        (str(path), package)
        for path in tests
        for found in re.findall(r"apt-get install ((?:[a-z0-9.+-]+ ?)+)", (ROOT / path).read_text())
        for package in found.split()
        if not package.startswith("-")
    }
    assert not {(path, package) for path, package in named if package not in installed}
