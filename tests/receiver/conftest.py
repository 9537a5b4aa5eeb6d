from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bus.station import papers
from tests.receiver.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "desk"
    folder.mkdir()
    with Desk(papers(folder)).open() as one:
        yield one
