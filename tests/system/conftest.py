from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.station import World, world


@pytest.fixture
def loa(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made
