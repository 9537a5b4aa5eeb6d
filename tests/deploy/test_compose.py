"""docker-compose.yml keeps its promises: no default password, nothing open that need not be, valid for every reader."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from server.settings import Settings
from tests.deploy import compose, dockerfile
from tests.house.repository import ROOT, read

OURS = ["init", "server", "nats", "receiver"]
SPECIFICATION = "docker-compose==1.29.2 --hash=sha256:8d5589373b35c8d3b1c8c1182c6e4a4ff14bffa3dd0b605fcd08f73c94cef809"
"""The wheel is downloaded for the JSON schema of the compose specification in it, and never installed."""


@pytest.mark.req("REQ-55")
@pytest.mark.req("REQ-56")
def test_no_password_stands_in_the_file_or_in_an_environment() -> None:
    for name in compose.services():
        for variable, value in compose.environment(name).items():
            secret = any(word in variable for word in ("PASSWORD", "SECRET", "TOKEN"))
            assert not secret or (variable.endswith("_FILE") and value.startswith("/run/secrets/")), variable
            assert not re.search(r"://[^/@\s]+:[^/@\s]+@", value), f"{variable} holds a password"
    assert all(set(one) == {"file"} for one in compose.project()["secrets"].values())


def test_what_has_no_sensible_default_is_asked_for() -> None:
    assert compose.environment("server")["LOA_ADDRESSES"].startswith("${LOA_ADDRESSES:?")


@pytest.mark.parametrize("name", compose.services())
def test_a_container_can_change_nothing_but_its_volumes(name: str) -> None:
    one = compose.services()[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in one
    assert "network_mode" not in one


def test_the_plain_page_is_published_on_loopback_only() -> None:
    published = [port for one in compose.services().values() for port in one.get("ports", [])]
    assert sorted(published) == ["127.0.0.1:8000:8000", "8443:8443", "8883:8883"]
    assert compose.environment("server")["LOA_HTTP_EXPOSED"] == "true", "which is right for that reason alone"


def test_every_setting_of_the_file_is_one_of_the_servers() -> None:
    known = {f"LOA_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in compose.environment("server") if name.startswith("LOA_")} <= known
    assert compose.environment("init") == compose.environment("server")


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_is_built_from_a_stage_whose_volume_it_mounts(name: str) -> None:
    one = compose.services()[name]
    stages = dockerfile.read(ROOT / one["build"]["dockerfile"])
    stage = stages[one["build"]["target"]]
    assert one["image"] == f"loa-{stage.name}"
    mounted = [volume.partition(":")[2] for volume in one["volumes"]]
    assert name == "nats" or stage.last("VOLUME").rest in mounted
    assert {volume.partition(":")[0] for volume in one["volumes"]} <= set(compose.project()["volumes"])


def test_nothing_starts_before_what_it_needs_is_healthy() -> None:
    needs = {name: one.get("depends_on", {}) for name, one in compose.services().items()}
    assert set(needs["server"]) == {"init", "nats", "postgres"}
    healthy = {name for need in needs.values() for name, one in need.items() if one["condition"] == "service_healthy"}
    checked = {
        name for name, one in compose.services().items() if "healthcheck" in one and "test" in one["healthcheck"]
    }
    assert healthy - {"server"} <= checked, "the server's check is its image's"


def test_secrets_are_kept_out_of_git_and_of_images() -> None:
    assert "/secrets/" in read(".gitignore").splitlines()
    assert read(".dockerignore").splitlines()[1] == "*"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_file_is_valid_by_the_compose_specification(tmp_path: Path) -> None:
    wanted = tmp_path / "wanted.txt"
    wanted.write_text(SPECIFICATION)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "-r", str(wanted)]
    subprocess.run([*command, "--dest", str(tmp_path)], check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        schema: dict[str, Any] = json.loads(wheel.read("compose/config/compose_spec.json"))
    # The schema of that day did not know the project's name, which the specification has had since 2021.
    document = {name: part for name, part in compose.project().items() if name != "name"}
    validator = jsonschema.Draft201909Validator(schema)  # Its `$schema` is spelled in a way that nobody registers.
    validator.validate(document)
    assert not validator.is_valid(document | {"services": {"server": {"imagination": "loa"}}})
