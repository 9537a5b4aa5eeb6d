"""The server's own tests, on PostgreSQL: the same code, the same migrations, the same answers."""

import os
import subprocess
import sys

import pytest

from tests.house.repository import ROOT
from tests.postgres import engine


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_servers_tests_pass_on_postgresql() -> None:
    with engine.running() as postgres:
        environment = os.environ | {"LOA_TEST_DATABASE": postgres.url("postgres")}
        command = [sys.executable, "-m", "pytest", "tests/server", "-q", "-m", "not sqlite", "-p", "no:cacheprovider"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    print(done.stdout[-6000:])
    assert done.returncode == 0, done.stdout[-6000:]
