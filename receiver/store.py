"""The receiver's own database: what must outlive a crash, in one SQLite file.

Every write is one transaction that is on the disk when the call returns. Calls are short and come from one thread.
"""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from protocol.freshness import Mark
from protocol.messages import AsRun, Event
from receiver.errors import StoreFailed

_SCHEMA = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS message (
    audience TEXT PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS rundown (one INTEGER PRIMARY KEY CHECK (one = 1), head BLOB NOT NULL, packed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS open_row (key TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS finished (key TEXT PRIMARY KEY, planned_end TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, json TEXT NOT NULL,
    set_aside INTEGER NOT NULL DEFAULT 0);
"""


@dataclass(frozen=True, slots=True)
class JournalRow:
    number: int
    row: AsRun | Event


class Store:
    """Raises StoreFailed where the disk refuses; what was written before stays whole."""

    def __init__(self, path: Path) -> None:
        with _mapped():
            self._db = sqlite3.connect(path, isolation_level=None)
            path.chmod(0o600)
            # FULL: a row that was answered for is on the disk, not only in the kernel, when the power goes.
            self._db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {_SCHEMA}")

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _mapped():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def first_start(self, now: datetime) -> datetime:
        """When this receiver started for the first time; `now` when this is it."""
        return datetime.fromisoformat(self._fact("first-start", now.isoformat()))

    def next_session(self, *, at_least: int = 1) -> int:
        """A number higher than every one before it."""
        with self._transaction() as db:
            row = db.execute("SELECT value FROM fact WHERE name = 'session'").fetchone()
            number = max(at_least, int(row[0]) + 1 if row else 1)
            db.execute("INSERT OR REPLACE INTO fact VALUES ('session', ?)", (str(number),))
        return number

    def _fact(self, name: str, default: str) -> str:
        """Written only where it is not there yet, so that a full disk stops no start but the first."""
        with _mapped():
            row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        if row is not None:
            return str(row[0])
        with self._transaction() as db:
            db.execute("INSERT INTO fact VALUES (?, ?)", (name, default))
        return default

    def remember(self, audience: str, mark: Mark, payload: bytes) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?)", (audience, *mark, payload))

    def messages(self) -> dict[str, tuple[Mark, bytes]]:
        with _mapped():
            rows = self._db.execute("SELECT audience, epoch, sequence, payload FROM message").fetchall()
        return {audience: (Mark(epoch, sequence), payload) for audience, epoch, sequence, payload in rows}

    def remember_rundown(self, head: bytes, packed: bytes) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO rundown VALUES (1, ?, ?)", (head, packed))

    def rundown(self) -> tuple[bytes, bytes] | None:
        """The head (signed) and the body in force."""
        with _mapped():
            row: tuple[bytes, bytes] | None = self._db.execute("SELECT head, packed FROM rundown").fetchone()
        return row

    def save_row(self, key: str, row: AsRun) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO open_row VALUES (?, ?)", (key, row.model_dump_json()))

    def open_rows(self) -> dict[str, AsRun]:
        with _mapped():
            rows = self._db.execute("SELECT key, json FROM open_row").fetchall()
        return {key: AsRun.model_validate_json(json) for key, json in rows}

    def finish_row(self, key: str, row: AsRun) -> None:
        """To the journal; a key that is finished already is left as it is."""
        with self._transaction() as db:
            db.execute("DELETE FROM open_row WHERE key = ?", (key,))
            new = db.execute("INSERT OR IGNORE INTO finished VALUES (?, ?)", (key, row.planned_end.isoformat()))
            if new.rowcount:
                db.execute("INSERT INTO journal (kind, json) VALUES ('as-run', ?)", (row.model_dump_json(),))

    def finished(self) -> frozenset[str]:
        with _mapped():
            return frozenset(key for (key,) in self._db.execute("SELECT key FROM finished"))

    def forget_finished(self, before: datetime) -> None:
        """Keys of broadcasts that no rundown names any more."""
        with self._transaction() as db:
            db.execute("DELETE FROM finished WHERE planned_end < ?", (before.isoformat(),))

    def note(self, at: datetime, kind: str, detail: str) -> None:
        event = Event(id=uuid.uuid4().hex, at=at, kind=kind, detail=detail)
        with self._transaction() as db:
            db.execute("INSERT INTO journal (kind, json) VALUES ('event', ?)", (event.model_dump_json(),))

    def journal(self, limit: int) -> list[JournalRow]:
        """The oldest rows that are still to be uploaded."""
        query = "SELECT number, kind, json FROM journal WHERE NOT set_aside ORDER BY number LIMIT ?"
        with _mapped():
            rows = self._db.execute(query, (limit,)).fetchall()
        kinds: dict[str, type[AsRun | Event]] = {"as-run": AsRun, "event": Event}
        return [JournalRow(number, kinds[kind].model_validate_json(json)) for number, kind, json in rows]

    def forget_journal(self, upto: int) -> None:
        """The rows up to number `upto` are durable elsewhere."""
        with self._transaction() as db:
            db.execute("DELETE FROM journal WHERE number <= ? AND NOT set_aside", (upto,))

    def set_aside(self, number: int) -> None:
        """Keep a row that the server will never take, out of the way of the others."""
        with self._transaction() as db:
            db.execute("UPDATE journal SET set_aside = 1 WHERE number = ?", (number,))


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreFailed(f"the receiver's database: {error}") from error
