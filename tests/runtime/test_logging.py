"""No secret reaches a log (REQ-56)."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime.logging import configure, hide_secrets


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.contextvars.clear_contextvars()
    configure(program="tests", json=True)
    root.handlers[:], root.level = handlers, level


def lose() -> None:
    raise ConnectionError("gone")


@pytest.mark.req("REQ-56")
@pytest.mark.parametrize(
    "name", ["password", "Authorization", "broker_secret", "accessToken", "root_passphrase", "code", "enrolment_code"]
)
def test_a_value_whose_name_says_secret_is_hidden(name: str) -> None:
    assert hide_secrets(None, "info", {"event": "login", name: "hunter2"}) == {"event": "login", name: "…"}


@pytest.mark.req("REQ-56")
def test_a_secret_is_hidden_however_deep_it_stands() -> None:
    shown = hide_secrets(None, "info", {"request": {"headers": [{"Authorization": "Bearer abc"}], "path": "/"}})
    assert shown == {"request": {"headers": [{"Authorization": "…"}], "path": "/"}}


def test_what_only_sounds_like_a_code_is_shown() -> None:
    event = {"codec": "opus", "status_code": 404, "exit_code": 1, "code_id": "7K2M", "decoded_samples": 48_000}
    assert hide_secrets(None, "info", event) == event


@pytest.mark.req("REQ-56")
def test_lines_are_json_and_hold_neither_our_secrets_nor_break_on_errors(capsys: pytest.CaptureFixture[str]) -> None:
    configure(program="loa-test", json=True)
    log = structlog.get_logger()
    log.info("đăng nhập", name="admin", password="hunter2")
    try:
        lose()
    except ConnectionError:
        log.exception("lost")
        logging.getLogger("foreign").exception("also lost")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["đăng nhập", "lost", "also lost"]
    assert lines[0]["program"] == "loa-test"
    assert "hunter2" not in str(lines)
    assert all("ConnectionError: gone" in line["exception"] for line in lines[1:])


def test_lines_for_a_person_show_an_error_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    configure(program="loa-test", json=False)
    try:
        lose()
    except ConnectionError:
        structlog.get_logger().exception("lost")
    assert "ConnectionError: gone" in capsys.readouterr().err


def test_debug_lines_are_left_out_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    configure(program="loa-test", level="warning", json=True)
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]
