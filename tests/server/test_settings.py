"""Settings that are not right are refused with a sentence, in a real process."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from server.settings import Settings, unknown_names
from tests.system.station import PROGRAMS

ANYWHERE = "0.0.0.0"  # noqa: S104 -- Refused, or for containers.


def refused(tmp_path: Path, *words: str, **settings: str) -> tuple[int, str]:
    """Exit status and what was said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    command: Sequence[str | Path] = [PROGRAMS / "loa-server", *words]
    done = subprocess.run(
        command, env=clean | settings, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "╭" not in said, said
    return done.returncode, said


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LOA_HTP_PORT", "8001", "no setting LOA_HTP_PORT"),
        ("LOA_ADDRESSES", "203.0.113.5:8443:8883", "addresses"),
        ("LOA_ADDRESSES", '["203.0.113.5:8443"]', "host:https-port:mqtt-port"),
        ("LOA_ADDRESSES", '["203.0.113.5:8443:88883"]', "host:https-port:mqtt-port"),
        ("LOA_ADDRESSES", '["https://a:8443:8883"]', "host:https-port:mqtt-port"),
        ("LOA_HTTP_HOST", ANYWHERE, "LOA_HTTP_EXPOSED=true"),
        ("LOA_TRUSTED_PROXIES", '["*"]', "LOA_TRUSTED_PROXIES"),
        ("LOA_HTTP_PORT", "0", "LOA_HTTP_PORT"),
    ],
)
def test_a_setting_that_is_not_right_is_refused_with_a_sentence(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    status, said = refused(tmp_path, "init", "--data", str(tmp_path / "data"), **{name: value})
    assert (status, sentence in said) == (2, True), said
    assert not (tmp_path / "data").exists()


def test_what_belongs_to_other_programs_is_no_mistake() -> None:
    others = ["LOA_URL", "LOA_TOKEN", "LOA_CA", "LOA_PASSWORD", "LOA_RECOVERY_PASSPHRASE", "LOA_TEST_DATABASE"]
    assert unknown_names([*others, "LOA_DATA", "loa_http_port", "PATH"]) == []


def test_addresses_that_receivers_understand_are_taken() -> None:
    addresses = ["203.0.113.5:8443:8883", "standby.example:8443:8883", "[2001:db8::1]:8443:8883"]
    assert Settings(addresses=addresses).addresses == addresses
    assert Settings(http_exposed=True, http_host=ANYWHERE).http_host == ANYWHERE
    assert Settings(http_host="::1").http_host == "::1"


@pytest.mark.parametrize("command", ["run", "init", "backup"])
@pytest.mark.parametrize("data", ["/etc/hostname", "/proc/x", "/etc"])
def test_what_is_no_data_directory_is_one_sentence(tmp_path: Path, command: str, data: str) -> None:
    if data == "/etc" and command != "backup":
        pytest.skip("An existing folder may become one.")
    words = ["backup", str(tmp_path / "copy")] if command == "backup" else [command]
    status, said = refused(tmp_path, *words, "--data", data)
    assert status == 1
    assert len(said.strip().splitlines()) == 2, said
    assert data in said
    assert not (tmp_path / "copy").exists()
