"""The receiver's folder: what lies where."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from protocol.enrolment import Identity
from receiver.errors import AlreadyRunning, NotEnrolled
from runtime.files import write_whole


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.identity_file = folder / "identity.json"
        self.database = folder / "receiver.sqlite"
        self.library = folder / "library"
        self.status_file = folder / "status.json"
        self._lock_file = folder / "lock"

    def prepare(self) -> None:
        """Nothing in here is for others to read."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.library.mkdir(exist_ok=True, mode=0o700)

    def identity(self) -> Identity:
        """Raises NotEnrolled."""
        try:
            return Identity.model_validate_json(self.identity_file.read_bytes())
        except (OSError, ValidationError) as error:
            raise NotEnrolled(f"no identity in {self.folder}; run loa-receiver enrol first") from error

    def keep_identity(self, identity: Identity) -> None:
        """What was known as another cluster, or by another root key, is of no use to the new one."""
        try:
            former = self.identity()
        except NotEnrolled:
            former = None
        if former is not None and _self(former) != _self(identity):
            for name in ("", "-wal", "-shm"):
                self.database.with_name(f"{self.database.name}{name}").unlink(missing_ok=True)
        write_whole(self.identity_file, identity.model_dump_json().encode(), mode=0o600)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time; the kernel forgets the lock when it dies. Raises AlreadyRunning."""
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise AlreadyRunning(f"another receiver uses {self.folder}") from error
        try:
            yield
        finally:
            os.close(descriptor)

    def in_use(self) -> bool:
        try:
            with self.locked():
                return False
        except AlreadyRunning:
            return True


def _self(identity: Identity) -> tuple[object, ...]:
    return identity.cluster, identity.station, identity.roots
