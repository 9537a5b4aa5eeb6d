"""The receiver's folder: what lies where."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import ValidationError

from protocol.enrolment import Identity
from receiver.errors import AlreadyRunning, NotEnrolled
from runtime.files import write_whole
from runtime.locks import Taken, exclusive


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
        with ExitStack() as held:
            try:
                held.enter_context(exclusive(self._lock_file))
            except Taken as error:
                raise AlreadyRunning(f"another receiver uses {self.folder}") from error
            yield

    def in_use(self) -> bool:
        try:
            with self.locked():
                return False
        except AlreadyRunning:
            return True


def _self(identity: Identity) -> tuple[object, ...]:
    return identity.cluster, identity.station, identity.roots
