"""The Dockerfile's lines run, and what they make serves: here without a container engine, in roots of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import dockerfile
from tests.deploy.build import Builder, Image
from tests.deploy.serving import free_ports, process, until_healthy
from tests.house.repository import ROOT

FILE = ROOT / "deploy" / "Dockerfile"
STAGES = dockerfile.read(FILE)


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    folder = tmp_path_factory.mktemp("images")
    folder.parent.chmod(0o755)
    folder.chmod(0o755)
    yield Builder(STAGES, folder)
    shutil.rmtree(folder)


@pytest.mark.parametrize("target", ["server", "receiver"])
def test_an_image_starts_as_nobody_in_particular_with_its_data_in_a_volume(target: str) -> None:
    stage = STAGES[target]
    assert stage.last("USER").rest.partition(":")[0] not in {"root", "0"}
    assert stage.last("VOLUME").rest.startswith("/var/lib/loa")
    assert stage.last("ENTRYPOINT").words() == [f"loa-{target}"]


@pytest.mark.req("REQ-56")
def test_no_line_of_the_dockerfile_takes_in_a_secret() -> None:
    steps = [step for stage in STAGES.values() for step in stage.steps]
    named = [step.rest for step in steps if step.word == "ENV"]
    assert not [line for line in named if any(word in line.upper() for word in ("PASSWORD", "SECRET", "TOKEN", "KEY"))]
    copied = [step.words()[:-1] for step in steps if step.word == "COPY" and "from" not in step.options]
    assert not [source for sources in copied for source in sources if source in {".", "./", "*"}]


def test_every_dependency_is_installed_by_its_hash() -> None:
    installs = [
        line.strip()
        for stage in STAGES.values()
        for step in stage.steps
        for line in step.rest.split("&&")
        if "pip install" in line
    ]
    assert installs
    assert not [line for line in installs if "--require-hashes" not in line and "--no-deps" not in line]


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_server_image_serves_as_its_own_user(builder: Builder, tmp_path: Path) -> None:
    image, stage = builder.image("server"), STAGES["server"]
    health = dockerfile.Step("CMD", {}, stage.last("HEALTHCHECK").rest.removeprefix("CMD ")).words()
    http, https, mqtt = free_ports(3)
    image.environment |= {
        "LOA_HTTP_PORT": str(http),
        "LOA_HTTPS_PORT": str(https),
        "LOA_HTTPS_HOST": "127.0.0.1",
        "LOA_MQTT_PORT": str(mqtt),
        "LOA_MQTT_HOST": "127.0.0.1",
    }
    log = tmp_path / "server.log"
    words = image.command([*stage.last("ENTRYPOINT").words(), *stage.last("CMD").words()])
    with process(words, environment=image.environment, log=log) as server:
        assert until_healthy(http, of=server, log=log)["status"] == "ok"
        data = image.root / "var/lib/loa"
        assert {path.stat().st_uid for path in [data, *data.iterdir()]} == {10001}
        asked = image.run(health)
        assert asked.returncode == 0, asked.stdout
    asked = image.run(health)
    assert asked.returncode != 0, "a server that has stopped is not healthy"


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_receiver_image_has_its_program_and_a_sound_library(builder: Builder) -> None:
    image = builder.image("receiver")
    shown = image.run(["loa-receiver", "--help"])
    assert shown.returncode == 0, shown.stdout
    assert "enrol" in shown.stdout
    sound = image.run(["python3", "-c", "import ctypes.util, sounddevice, os; print(os.getuid())"])
    assert sound.stdout.strip() == "10001", sound.stdout
    missing = image.run(["python3", "-c", "import fastapi"])
    assert "ModuleNotFoundError" in missing.stdout


@pytest.mark.slow
@pytest.mark.req("REQ-56")
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("target", ["server", "receiver"])
def test_an_image_holds_no_secret_and_nothing_that_installs(builder: Builder, target: str) -> None:
    image = builder.image(target)
    assert not _secrets(image, target)
    assert not list((image.root / "opt/loa").rglob("pip")), "pip stays in the stage that is thrown away"
    assert not (image.root / "usr/bin/gcc").exists()
    assert not list((image.root / "var/lib/apt/lists").glob("*Packages*"))


def _secrets(image: Image, target: str) -> list[Path]:
    ours = [image.root / "opt/loa", image.root / "etc", image.root / "src", image.root / "root", image.root / "home"]
    places = [place for place in ours if place.exists()]
    if target == "receiver":
        places.append(image.root / "var/lib/loa-receiver")
    candidates = [path for place in places for path in place.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in candidates if path.stat().st_size < 100_000 and _private_key(path.read_bytes())]


def _private_key(data: bytes) -> bool:
    return b"PRIVATE KEY-----\n" in data and b"BEGIN" in data.partition(b"PRIVATE KEY-----\n")[0][-20:]
