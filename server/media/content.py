"""The content store: a folder of files named by the SHA-256 of their bytes.

A file is there whole or not at all, and never changes; so it can be served, cached and copied without asking again.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from runtime.files import sync_folder

CHUNK_BYTES = 1 << 20


class ContentStore(Protocol):
    def path(self, sha256: str) -> Path | None:
        """Where the content is, or None."""
        ...

    def put_file(self, file: Path) -> str:
        """Take `file` (on this store's disk) as it is; returns its name. The file is moved."""
        ...

    def put_bytes(self, data: bytes) -> str: ...


class ContentFolder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path | None:
        file = self._place(sha256)
        return file if file.is_file() else None

    def put_file(self, file: Path) -> str:
        digest = sha256_of(file)
        place = self._place(digest)
        if place.exists():
            file.unlink()
            return digest
        place.parent.mkdir(exist_ok=True)
        with file.open("rb+") as written:
            os.fsync(written.fileno())
        file.chmod(0o644)
        file.replace(place)
        sync_folder(place.parent)
        return digest

    def put_bytes(self, data: bytes) -> str:
        with self.workspace() as folder:
            file = folder / "bytes"
            file.write_bytes(data)
            return self.put_file(file)

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder on the store's own disk for what is still being made; gone when the block ends."""
        with tempfile.TemporaryDirectory(dir=self._incoming) as folder:
            yield Path(folder)

    def sweep(self) -> None:
        """At the start: clear away what a killed server was still making."""
        for left in self._incoming.iterdir():
            for file in sorted(left.rglob("*"), reverse=True):
                file.unlink() if not file.is_dir() else file.rmdir()
            left.rmdir()

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def sha256_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
