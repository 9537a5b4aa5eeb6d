"""Content by its hash: fetched in the order of its start, resumed where it broke off, verified before it has a name.

A file of the library is named by its SHA-256 and was checked against it; what is on its way ends in `.part`.
"""

import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from protocol.messages import Asset
from receiver.errors import AssetRefused, DiskFull, ServerRefused, Unreachable
from receiver.events import AssetHeld, AssetLost, FaultSeen
from receiver.server_api import ServerApi
from runtime.clock import Clock
from runtime.files import sync_folder
from runtime.supervision import Backoff

log = structlog.get_logger()
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NAME_LENGTH = 64


class Library:
    def __init__(self, folder: Path, api: ServerApi) -> None:
        self._folder, self._api = folder, api
        self._stopping = threading.Event()

    def path(self, sha256: str) -> Path:
        return self._folder / sha256

    def held(self) -> frozenset[str]:
        return frozenset(file.name for file in self._files())

    def size(self) -> tuple[int, int]:
        """Files and bytes that are held."""
        sizes = [file.stat().st_size for file in self._files()]
        return len(sizes), sum(sizes)

    def fetch(self, asset: Asset) -> None:
        """Blocks until the asset is here, verified.

        Raises Unreachable (what came is kept to go on from), AssetRefused, ServerRefused or DiskFull (nothing is kept).
        """
        part = self._folder / f"{asset.sha256}.part"
        with _disk(part):
            have = part.stat().st_size if part.exists() else 0
            if have < asset.bytes:
                self._download(asset, part, have)
            self._verify(asset, part)
            part.replace(self.path(asset.sha256))
            sync_folder(self._folder)

    def still_good(self, sha256: str) -> bool:
        """Read the file again; one that is damaged is removed."""
        try:
            good = _hash_of(self.path(sha256)) == sha256
        except OSError:
            good = False
        if not good:
            self.path(sha256).unlink(missing_ok=True)
        return good

    def forget_parts(self, wanted: Collection[str]) -> None:
        """Downloads that broke off and that nobody asks for any more."""
        for part in self._folder.glob("*.part"):
            if part.stem not in wanted:
                part.unlink(missing_ok=True)

    def stop(self) -> None:
        """A download that is under way ends at its next chunk."""
        self._stopping.set()

    def _files(self) -> list[Path]:
        return [file for file in self._folder.iterdir() if len(file.name) == _NAME_LENGTH and file.is_file()]

    def _download(self, asset: Asset, part: Path, have: int) -> None:
        def take(begins: int, chunks: Iterator[bytes]) -> None:
            with part.open("r+b" if begins else "wb") as file:
                file.seek(begins)
                file.truncate()
                for chunk in chunks:
                    if self._stopping.is_set():
                        raise Unreachable("stopping")
                    if file.tell() + len(chunk) > asset.bytes:
                        raise AssetRefused(f"more than the {asset.bytes} bytes that were announced")
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())

        self._api.asset(asset.sha256, start=have, take=take)

    def _verify(self, asset: Asset, part: Path) -> None:
        size = part.stat().st_size
        if size != asset.bytes:
            raise AssetRefused(f"{size} bytes instead of {asset.bytes}")
        if _hash_of(part) != asset.sha256:
            raise AssetRefused("its content is not what its name says")


class Fetching:
    """The task that brings what is wanted, the first needed first."""

    def __init__(
        self, library: Library, *, clock: Clock, report: Callable[[AssetHeld | AssetLost | FaultSeen], None]
    ) -> None:
        self._library, self._clock, self._report = library, clock, report
        self._wanted: tuple[Asset, ...] = ()
        self._suspects: set[str] = set()
        self._changed = asyncio.Event()

    def want(self, assets: tuple[Asset, ...]) -> None:
        self._wanted = assets
        self._library.forget_parts({asset.sha256 for asset in assets})
        self._changed.set()

    def suspect(self, sha256: str) -> None:
        """It could not be decoded."""
        self._suspects.add(sha256)
        self._changed.set()

    async def run(self) -> None:
        waits = Backoff(first_s=1.0, longest_s=60.0)
        while True:
            self._changed.clear()
            await self._check_suspects()
            if await self._fetch_missing():
                waits.succeeded()
                await self._changed.wait()
            else:
                await self._clock.sleep(waits.failed())

    async def _check_suspects(self) -> None:
        while self._suspects:
            sha256 = self._suspects.pop()
            if not await asyncio.to_thread(self._library.still_good, sha256):
                self._report(AssetLost(sha256))

    async def _fetch_missing(self) -> bool:
        """One way through the list; False when something is still missing."""
        complete = True
        held = self._library.held()
        for asset in self._wanted:
            if asset.sha256 in held:
                continue
            if self._changed.is_set():
                return True  # The list is another one by now.
            try:
                await asyncio.to_thread(self._library.fetch, asset)
            except Unreachable as error:
                log.info("asset-waits", sha256=asset.sha256, detail=str(error))
                return False
            except (AssetRefused, ServerRefused, DiskFull) as error:
                kind = "disk-full" if isinstance(error, DiskFull) else "asset-refused"
                self._report(FaultSeen(kind, f"{asset.sha256[:12]}: {error}"))
                complete = False
            else:
                self._report(AssetHeld(asset.sha256))
        return complete


@contextmanager
def _disk(part: Path) -> Iterator[None]:
    """What is wrong for good leaves nothing behind; what only broke off is kept."""
    try:
        yield
    except (AssetRefused, ServerRefused):
        part.unlink(missing_ok=True)
        raise
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno in _FULL:
            raise DiskFull(f"no room for it: {error.strerror}") from error
        raise DiskFull(f"the disk refuses it: {error}") from error


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
