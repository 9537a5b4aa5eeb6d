"""Backup while running, and restore as a new epoch; tests/system/ shows that receivers take it."""

from pathlib import Path

import pytest

from protocol import topics
from protocol.freshness import Mark, is_new
from protocol.messages import RundownHead
from protocol.signing import Trust
from server.backup import back_up, restore
from server.bus.models import PublishedState
from server.errors import Conflict, Invalid
from server.run import wire
from server.schedule import publication
from server.settings import Settings
from server.trust.root import WrongPassphrase
from tests.server.world import World


@pytest.mark.req("REQ-60")
async def test_a_restored_server_outruns_whatever_the_lost_one_said_after_the_backup(
    loa: World, tmp_path: Path
) -> None:
    station = await loa.station()
    await loa.cluster(station)
    copy, elsewhere = tmp_path / "copy", Settings(data=tmp_path / "elsewhere", addresses=["127.0.0.1:9443:9883"])
    back_up(loa.parts.settings, copy)
    for number in range(5):
        await loa.cluster(station, f"cụm {number}")
        async with loa.parts.work() as session:
            state = await session.get(PublishedState, topics.rundown(station))
            assert state
            state.sequence += 10
    root = (loa.parts.settings.data / "recovery" / "root-key.pem").read_bytes()
    passphrase = loa.secrets.recovery_passphrase or ""
    epoch = restore(elsewhere, copy, root_pem=root, passphrase=passphrase, now=loa.clock.now())

    parts = wire(elsewhere, loa.clock)
    try:
        async with parts.work() as session:
            await publication.compile_all(session, parts, now=loa.clock.now())
            state = await session.get(PublishedState, topics.rundown(station))
    finally:
        await parts.engine.dispose()
    assert state
    pinned_before = Trust(loa.parts.keys.roots())
    audience = topics.rundown(station)
    restored = pinned_before.verify(state.payload, RundownHead, audience=audience, now=loa.clock.now())
    lost = Mark(1, 51)
    assert restored.epoch == epoch
    assert is_new(Mark(restored.epoch, restored.sequence), known=lost, highest_epoch=lost.epoch)
    assert parts.authority.certificate_sha256() == loa.parts.authority.certificate_sha256()
    assert len(list((elsewhere.data / "content").rglob("*"))) > 0


async def test_two_restores_of_the_same_backup_come_one_after_the_other(loa: World, tmp_path: Path) -> None:
    back_up(loa.parts.settings, tmp_path / "copy")
    root = (loa.parts.settings.data / "recovery" / "root-key.pem").read_bytes()
    passphrase = loa.secrets.recovery_passphrase or ""
    epochs = []
    for name in ("first", "second"):
        settings = Settings(data=tmp_path / name)
        epochs.append(restore(settings, tmp_path / "copy", root_pem=root, passphrase=passphrase, now=loa.clock.now()))
        await loa.clock.advance(3600)
    assert epochs[0] < epochs[1]


async def test_a_wrong_passphrase_or_another_stations_root_restores_nothing(loa: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(loa.parts.settings, copy)
    root = (loa.parts.settings.data / "recovery" / "root-key.pem").read_bytes()
    target = Settings(data=tmp_path / "elsewhere")
    with pytest.raises(WrongPassphrase):
        restore(target, copy, root_pem=root, passphrase="wrong", now=loa.clock.now())
    assert not target.data.exists() or not any(target.data.iterdir())


async def test_a_backup_does_not_hold_the_root_key(loa: World, tmp_path: Path) -> None:
    back_up(loa.parts.settings, tmp_path / "copy")
    assert not list((tmp_path / "copy").rglob("root-key*"))


async def test_nothing_is_written_over(loa: World, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(Conflict):
        back_up(loa.parts.settings, tmp_path / "full")
    back_up(loa.parts.settings, tmp_path / "copy")
    root = (loa.parts.settings.data / "recovery" / "root-key.pem").read_bytes()
    passphrase = loa.secrets.recovery_passphrase or ""
    with pytest.raises(Conflict):
        restore(loa.parts.settings, tmp_path / "copy", root_pem=root, passphrase=passphrase, now=loa.clock.now())
    with pytest.raises(Invalid):
        restore(Settings(data=tmp_path / "x"), tmp_path / "full", root_pem=b"", passphrase="", now=loa.clock.now())
