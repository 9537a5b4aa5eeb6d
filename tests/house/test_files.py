"""What no file of the repository may hold, be called or grow to."""

import re
from pathlib import Path

from tests.house.repository import ROOT, files, texts

MOST_LINES = 300
LOCKS = re.compile(r"requirements/\w+\.txt")
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "service", "services"}
EVERY_MACHINE_HAS = {"bin", "etc", "home", "mnt", "opt", "root", "run", "srv", "tmp", "usr", "var"}
REGISTRIES = [("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org"), ("docker", "io")]
"""Written apart, so that this file is not its own finding."""
SECRETS = [
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{16}"),
    re.compile(r'"d"\s*:\s*"[A-Za-z0-9_-]{43}"'),
    re.compile(r"\bS[ANOU][A-Z2-7]{56}\b"),
]
"""PEM, the private half of an Ed25519 JWK, the seed of a NATS key."""
PUBLISHED = re.compile(r"^```json published-test-key=\w+\n.*?^```$", re.MULTILINE | re.DOTALL)
"""How a document marks a key that everyone has, so that it can sign examples and nothing else."""
TO_BE_SPLIT = {"tests/receiver/test_reconcile.py"}


def test_no_file_names_a_folder_of_the_machine_that_it_was_written_on() -> None:
    here = [re.escape(f"{ROOT}/"), r"/home/\w", r"/Users/\w", re.escape(f"{Path.home()}/.")]
    if ROOT.parts[1] not in EVERY_MACHINE_HAS:
        here.append(rf"(?<![\w./}}]){re.escape(f'/{ROOT.parts[1]}/')}")
    assert not _findings("|".join(here), besides="tests/house/test_files.py")


def test_no_file_names_a_package_registry() -> None:
    assert not _findings("|".join(rf"\b{name}\.{top}\b" for name, top in REGISTRIES))


def test_no_file_holds_a_private_key_but_those_published_for_tests() -> None:
    found = [
        f"{path}: {match.group()[:40]}…"
        for path, text in texts()
        for secret in SECRETS
        for match in secret.finditer(PUBLISHED.sub("", text) if path.suffix == ".md" else text)
    ]
    assert not found


def test_no_file_is_longer_than_one_sitting_reads() -> None:
    code = {".py", ".js", ".css", ".html", ".sh"}
    long = {
        str(path): lines for path, text in texts() if path.suffix in code and (lines := text.count("\n")) > MOST_LINES
    }
    assert set(long) <= TO_BE_SPLIT, long


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [str(path) for path in files() if path.suffix == ".py" and VAGUE & {path.stem, *path.parts[:-1]}]
    assert not vague


def test_no_large_file_is_in_the_repository() -> None:
    large = [str(path) for path in files() if (ROOT / path).stat().st_size > 2_000_000]
    assert not large


def _findings(pattern: str, *, besides: str = "") -> list[str]:
    sought = re.compile(pattern)
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        if str(path) != besides and not LOCKS.fullmatch(str(path))
        for number, line in enumerate(text.splitlines(), 1)
        if sought.search(line)
    ]
