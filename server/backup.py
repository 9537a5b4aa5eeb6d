"""A backup that can be taken while the server runs, and its restore as a new epoch."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from server.data_folder import DATABASE, LOCK, occupied, prepare, require_initialised
from server.errors import Conflict, Invalid
from server.first_run import authority_of, keys_of
from server.settings import Settings

FOLDERS = ("tls", "keys", "content")


def back_up(settings: Settings, target: Path) -> None:
    """Copy the database, the keys and the content to the empty folder `target`.

    The root key is not in it: it is kept apart, offline. The database is copied first, so that all content that it
    names is there (content is never changed, and only added before it is named). Raises Invalid where the database
    is not SQLite or there is nothing to copy, Conflict where `target` is not empty.
    """
    if settings.database_url:
        raise Invalid(
            "not-sqlite",
            "Cơ sở dữ liệu không phải SQLite: hãy sao lưu bằng pg_dump, và sao chép các thư mục tls, keys, content.",
            "The database is not SQLite: use pg_dump, and copy the folders tls, keys and content.",
        )
    require_initialised(settings.data)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    _require_empty(target)
    source = f"file:{settings.data / DATABASE}?mode=ro"
    with closing(sqlite3.connect(source, uri=True)) as live, closing(sqlite3.connect(target / DATABASE)) as copy:
        live.backup(copy)
    for folder in FOLDERS:
        shutil.copytree(settings.data / folder, target / folder, ignore=shutil.ignore_patterns("incoming"))


def restore(settings: Settings, backup: Path, *, root_pem: bytes, passphrase: str, now: datetime) -> int:
    """Fill the empty data directory from `backup` and start a new epoch; returns its number.

    Every receiver that pinned the root takes the new epoch over whatever the lost server said after the backup.
    Raises Conflict where the data directory is not empty or in use, Invalid where the backup is none, WrongPassphrase.
    """
    if not (backup / DATABASE).is_file() or not (backup / "keys").is_dir():
        raise Invalid("no-backup", f"“{backup}” không phải bản sao lưu.", f"{backup} is not a backup.")
    keys = keys_of(settings)
    root = replace(keys, folder=backup / "keys").open_root(root_pem, passphrase)
    prepare(settings.data)
    _require_empty(settings.data)  # First, so that no lock is left in a folder that is not ours.
    with occupied(settings.data):
        _require_empty(settings.data)
        for folder in FOLDERS:
            shutil.copytree(backup / folder, settings.data / folder)
        shutil.copy2(backup / DATABASE, settings.data / DATABASE)
        authority = authority_of(settings)
        authority.issue(hosts=settings.hosts, now=now)
        keys.recovery.mkdir(mode=0o700, exist_ok=True)
        return keys.start_next_epoch(root, now=now)


def _require_empty(folder: Path) -> None:
    if any(one.name != LOCK for one in folder.iterdir()):
        raise Conflict("not-empty", f"Thư mục “{folder}” không rỗng.", f"The folder {folder} is not empty.")
