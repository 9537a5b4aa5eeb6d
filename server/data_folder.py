"""The data directory as a whole: there, ours, and used by one server at a time."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from runtime.locks import Taken, exclusive
from server.errors import Conflict, Invalid

LOCK = "lock"
DATABASE = "loa.sqlite3"
OURS = {LOCK, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "broker", "content", "recovery", "tls", "lost+found"}


def prepare(folder: Path) -> None:
    """Make it where it is missing. Raises Invalid where no folder can be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Invalid(
            "no-data-folder",
            f"Không dùng được “{folder}” làm thư mục dữ liệu ({error.strerror}): hãy chọn thư mục khác bằng --data.",
            f"{folder} cannot be the data directory ({error.strerror}): choose another with --data.",
        ) from error


def require_ours(folder: Path) -> None:
    """Whoever names `/etc` by mistake must not find it taken over. Raises Invalid for a folder with others' files."""
    strange = sorted(entry.name for entry in folder.iterdir() if entry.name not in OURS)
    if strange and not (folder / "keys").is_dir():
        raise Invalid(
            "not-ours",
            f"Thư mục “{folder}” có tệp không phải của Loa ({strange[0]}): hãy chọn thư mục rỗng bằng --data.",
            f"The folder {folder} holds what is not Loa's ({strange[0]}): choose an empty one with --data.",
        )


def require_initialised(folder: Path) -> None:
    """Raises Invalid where `folder` is no data directory."""
    if not (folder / "keys").is_dir() or not (folder / "tls").is_dir():
        raise Invalid(
            "not-initialised",
            f"“{folder}” không phải thư mục dữ liệu của Loa: hãy chỉ đúng thư mục bằng --data.",
            f"{folder} is no data directory of Loa: name the right one with --data.",
        )


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Two servers on one directory would publish over each other. Raises Conflict where one is there already."""
    with ExitStack() as held:
        try:
            held.enter_context(exclusive(folder / LOCK))
        except Taken as error:
            raise Conflict(
                "data-in-use",
                f"Một máy chủ khác đang dùng thư mục dữ liệu “{folder}”: hãy dừng nó trước.",
                f"Another server uses the data directory {folder}: stop it first.",
            ) from error
        yield
