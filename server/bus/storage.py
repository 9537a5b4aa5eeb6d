"""The broker's store, which may be lost at any time: the outbox says all state again at every new link."""

import shutil
from pathlib import Path

_NAME = "jetstream"
"""As nats-server calls it, in the folder that it is given."""


def exists(folder: Path) -> bool:
    return (folder / _NAME).exists()


def set_aside(folder: Path) -> Path:
    """Rename the store of a broker that is not running, for whoever wants to know what filled it.

    Only the newest one is kept, for a disk may be what is full. Raises OSError.
    """
    earlier = {path: int(path.suffix[1:]) for path in folder.glob(f"{_NAME}.*") if path.suffix[1:].isdecimal()}
    aside = folder / f"{_NAME}.{max(earlier.values(), default=0) + 1}"
    (folder / _NAME).rename(aside)
    for path in earlier:
        shutil.rmtree(path)
    return aside
