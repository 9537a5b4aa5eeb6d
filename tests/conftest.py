import pytest

from runtime import logging


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    logging.configure(program="tests", json=True)


REAL_TIME = (
    "tests/system/",
    "tests/demo/",
    "tests/console/",
    "tests/receiver/test_broadcast.py",
    "tests/bus/test_fleet.py",
)
"""Whole stations that play in real time: one at a time, beside whatever else is tested."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(REAL_TIME):
            item.add_marker(pytest.mark.xdist_group("real-time"))
