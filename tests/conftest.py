import pytest

from runtime import logging


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    logging.configure(program="tests", json=True)
