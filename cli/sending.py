"""A file on its way to the server, with a bar that shows how far it is; then the server prepares it."""

import io
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from cli import screen
from cli.errors import Misuse


class Sending(io.RawIOBase):
    """Read by the HTTP client; the bar follows what it has read."""

    def __init__(self, file: Path, *, label: str, quiet: bool) -> None:
        super().__init__()
        try:
            self._source = cast("BinaryIO", file.open("rb"))
            size = file.stat().st_size
        except OSError as error:
            raise Misuse(f"Không đọc được {file}.", f"{file} cannot be read: {error.strerror}.") from error
        out = screen.console()
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=out, disable=quiet or not out.is_terminal, transient=True)
        self._label = label
        self._task = self._bar.add_task(f"{label}: đang gửi / sending", total=size)

    def __enter__(self) -> "BinaryIO":  # type: ignore[override]
        self._bar.start()
        return cast("BinaryIO", self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()
        self.close()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._bar.update(self._task, advance=len(data))
        if not data:
            self._bar.update(self._task, description=f"{self._label}: đang xử lý / preparing", total=None)
        return data

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def fileno(self) -> int:
        return self._source.fileno()

    def close(self) -> None:
        self._source.close()
        super().close()
