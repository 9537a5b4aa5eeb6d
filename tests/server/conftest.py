from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.world import World, world


@pytest.fixture
async def loa(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made
