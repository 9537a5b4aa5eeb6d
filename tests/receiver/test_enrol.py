"""A receiver and its server come to trust each other by a code (REQ-26)."""

import stat
import subprocess
from pathlib import Path

import pytest

from protocol.enrolment import code_from
from receiver.enrol import enrolled
from receiver.errors import EnrolmentFailed, NotEnrolled
from receiver.home import Home
from tests.receiver.desk import Desk
from tests.receiver.station import PROGRAM

CODE = code_from(bytes(range(10)))


@pytest.mark.req("REQ-26")
def test_a_good_code_makes_an_identity_once(desk: Desk) -> None:
    desk.codes[CODE] = desk.identity()
    identity = enrolled("127.0.0.1", desk.port, f" {CODE.lower()} ", software_version="1")
    assert identity == desk.identity()
    with pytest.raises(EnrolmentFailed) as refused:
        enrolled("127.0.0.1", desk.port, CODE, software_version="1")
    assert "đã dùng" in refused.value.vi
    assert "used" in refused.value.en


@pytest.mark.req("REQ-26")
@pytest.mark.req("REQ-56")
def test_the_command_keeps_the_identity_from_other_users(desk: Desk, tmp_path: Path) -> None:
    desk.codes[CODE] = desk.identity()
    command = [PROGRAM, "enrol", f"localhost:{desk.port}", CODE, "--data", str(tmp_path / "r")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Bản Tà Hừa" in done.stdout
    assert desk.secret not in done.stdout + done.stderr
    home = Home(tmp_path / "r")
    assert home.identity() == desk.identity()
    assert stat.S_IMODE(home.identity_file.stat().st_mode) == 0o600


@pytest.mark.req("REQ-26")
def test_a_code_that_the_server_does_not_know_is_refused_in_both_languages(desk: Desk, tmp_path: Path) -> None:
    command = [PROGRAM, "enrol", f"127.0.0.1:{desk.port}", CODE, "--data", str(tmp_path / "r")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "quá hạn" in done.stderr
    assert "expired" in done.stderr
    with pytest.raises(NotEnrolled):
        Home(tmp_path / "r").identity()


@pytest.mark.req("REQ-26")
def test_a_server_that_does_not_know_the_code_is_found_out(desk: Desk) -> None:
    desk.codes[CODE] = desk.identity()
    desk.forged_enrolment = True
    with pytest.raises(EnrolmentFailed, match="someone stands between"):
        enrolled("127.0.0.1", desk.port, CODE, software_version="1")


def test_a_mistyped_code_is_said_before_anything_is_sent(desk: Desk) -> None:
    with pytest.raises(EnrolmentFailed, match="16 chữ và số"):
        enrolled("127.0.0.1", desk.port, "ABCD", software_version="1")


def test_no_server_is_one_sentence() -> None:
    with pytest.raises(EnrolmentFailed, match="Không kết nối được"):
        enrolled("127.0.0.1", 1, CODE, software_version="1")


def test_a_box_that_becomes_another_cluster_forgets_what_it_was(desk: Desk, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    home.keep_identity(desk.identity())
    home.database.write_bytes(b"the former cluster's marks and rows")
    home.keep_identity(desk.identity(secret="n" * 43))
    assert home.database.exists()
    home.keep_identity(desk.identity(cluster="cluster-bbbb"))
    assert not home.database.exists()
