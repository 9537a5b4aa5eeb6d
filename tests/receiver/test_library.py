"""Nothing has a name in the library that is not what its name says, whatever the way there was."""

import asyncio
import hashlib
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from protocol.messages import Asset
from receiver.addresses import Rotation
from receiver.errors import AssetRefused, DiskFull, ServerRefused, Unreachable
from receiver.events import AssetHeld, AssetLost, FaultSeen
from receiver.library import Fetching, Library
from receiver.server_api import ServerApi
from runtime.clock import SystemClock
from tests.bus.station import papers
from tests.receiver.desk import Desk, until

CONTENT = bytes(range(256)) * 2_000


def asset_of(content: bytes) -> Asset:
    return Asset(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content), samples=1)


def library(desk: Desk, folder: Path) -> Library:
    identity = desk.identity()
    (folder / "library").mkdir(exist_ok=True)
    return Library(folder / "library", ServerApi(identity, Rotation(identity.addresses)))


def test_what_is_fetched_is_there_whole(desk: Desk, tmp_path: Path) -> None:
    desk.keep(CONTENT)
    shelf = library(desk, tmp_path)
    shelf.fetch(asset_of(CONTENT))
    assert shelf.path(asset_of(CONTENT).sha256).read_bytes() == CONTENT
    assert shelf.held() == {asset_of(CONTENT).sha256}
    assert shelf.size() == (1, len(CONTENT))


def test_a_download_that_broke_off_goes_on_where_it_stood(desk: Desk, tmp_path: Path) -> None:
    name = desk.keep(CONTENT)
    shelf = library(desk, tmp_path)
    desk.stop_after = 200_000
    for _ in range(2):
        with pytest.raises(Unreachable):
            shelf.fetch(asset_of(CONTENT))
        assert shelf.held() == frozenset()
    desk.stop_after = None
    shelf.fetch(asset_of(CONTENT))
    assert shelf.held() == {name}
    starts = [start for _, start in desk.ranges]
    assert starts[0] == 0
    assert 0 < starts[1] < starts[2] < len(CONTENT)


@pytest.mark.req("REQ-34")
@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT + b"x", CONTENT[:-1] + b"x", b"", b"not audio"])
def test_other_bytes_than_announced_never_get_a_name(desk: Desk, tmp_path: Path, wrong: bytes) -> None:
    asset = asset_of(CONTENT)
    desk.assets[asset.sha256] = wrong
    shelf = library(desk, tmp_path)
    with pytest.raises(AssetRefused):
        shelf.fetch(asset)
    assert list((tmp_path / "library").iterdir()) == []


def test_a_part_left_by_another_content_is_found_out_and_fetched_anew(desk: Desk, tmp_path: Path) -> None:
    asset = asset_of(CONTENT)
    desk.keep(CONTENT)
    shelf = library(desk, tmp_path)
    (tmp_path / "library" / f"{asset.sha256}.part").write_bytes(b"y" * 1_000)
    with pytest.raises(AssetRefused):
        shelf.fetch(asset)
    shelf.fetch(asset)
    assert shelf.held() == {asset.sha256}


def test_an_asset_that_the_server_does_not_have_is_its_refusal(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ServerRefused, match="no-such-asset"):
        library(desk, tmp_path).fetch(asset_of(CONTENT))


def test_a_server_with_another_ca_is_not_spoken_to(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    identity = desk.identity(ca_pem=papers(other).ca.read_text())
    with pytest.raises(Unreachable):
        ServerApi(identity, Rotation(identity.addresses)).time("0" * 32)


def test_the_next_address_is_tried_when_the_first_does_not_answer(desk: Desk) -> None:
    identity = desk.identity(addresses=("127.0.0.1:1:1", f"localhost:{desk.port}:1"))
    assert ServerApi(identity, Rotation(identity.addresses)).time("0" * 32)


def test_a_full_disk_leaves_nothing_half_done(desk: Desk, tmp_path: Path) -> None:
    desk.keep(CONTENT)
    shelf = library(desk, tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(DiskFull):
            shelf.fetch(asset_of(CONTENT))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "library").iterdir()) == []
    shelf.fetch(asset_of(CONTENT))


def test_a_kill_at_any_moment_of_a_download_leaves_no_wrong_name(desk: Desk, tmp_path: Path) -> None:
    content = CONTENT * 20
    asset = asset_of(content)
    desk.keep(content)
    (tmp_path / "identity.json").write_text(desk.identity().model_dump_json())
    (tmp_path / "library").mkdir()
    program = (
        "import sys; from pathlib import Path; from protocol.enrolment import Identity\n"
        "from protocol.messages import Asset; from receiver.addresses import Rotation\n"
        "from receiver.library import Library; from receiver.server_api import ServerApi\n"
        "i = Identity.model_validate_json(Path(sys.argv[1], 'identity.json').read_bytes())\n"
        "shelf = Library(Path(sys.argv[1], 'library'), ServerApi(i, Rotation(i.addresses)))\n"
        "print('go', flush=True); shelf.fetch(Asset.model_validate_json(sys.argv[2]))\n"
    )
    for delay_s in (0.0, 0.01, 0.02, 0.03, 0.05, 0.08):
        child = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), asset.model_dump_json()], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        threading.Event().wait(delay_s)
        child.kill()
        child.communicate()
        for file in (tmp_path / "library").iterdir():
            assert file.suffix == ".part" or hashlib.sha256(file.read_bytes()).hexdigest() == file.name
    shelf = library(desk, tmp_path)
    shelf.fetch(asset)
    assert shelf.path(asset.sha256).read_bytes() == content


async def test_one_bad_asset_does_not_hold_up_the_others(desk: Desk, tmp_path: Path) -> None:
    good, bad = asset_of(CONTENT), asset_of(b"never there")
    desk.keep(CONTENT)
    said: list[AssetHeld | AssetLost | FaultSeen] = []
    fetching = Fetching(library(desk, tmp_path), clock=SystemClock(), report=said.append)
    fetching.want((bad, good))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(fetching.run())
        await asyncio.to_thread(until, lambda: len(said) >= 2)
        task.cancel()
    assert [type(each) for each in said] == [FaultSeen, AssetHeld]


async def test_a_damaged_file_is_found_removed_and_fetched_again(desk: Desk, tmp_path: Path) -> None:
    asset = asset_of(CONTENT)
    desk.keep(CONTENT)
    shelf = library(desk, tmp_path)
    shelf.path(asset.sha256).write_bytes(b"rotten")
    said: list[AssetHeld | AssetLost | FaultSeen] = []
    fetching = Fetching(shelf, clock=SystemClock(), report=said.append)
    fetching.want((asset,))
    fetching.suspect(asset.sha256)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(fetching.run())
        await asyncio.to_thread(until, lambda: len(said) >= 2)
        task.cancel()
    assert said == [AssetLost(asset.sha256), AssetHeld(asset.sha256)]
    assert shelf.path(asset.sha256).read_bytes() == CONTENT
