"""Who may connect, and what a grant means in NATS's words."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from server.bus import claims, subjects
from server.bus.inbox import Inbox
from server.bus.permits import ConnectRequest, Credential, Grant, Refusal, decide, hashed
from server.bus.port import Message

REQUEST = ConnectRequest(
    protocol="mqtt", client_id="c-1", user="c-1", password="s", address="::1", user_nkey="U", server_id="N"
)
CREDENTIAL = Credential(
    user="c-1", client_id="c-1", secret_sha256=hashed("s"), publish=("a/b",), subscribe=("a/+/c", "x/#")
)


def test_the_right_secret_and_client_id_are_granted_exactly_their_topics() -> None:
    assert decide(REQUEST, CREDENTIAL) == Grant(publish=("a.b",), subscribe=("a.*.c", "x", "x.>"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"password": "t"}, "wrong secret"),
        ({"client_id": "c-2"}, "another's client id"),
        ({"client_id": ""}, "another's client id"),
        ({"user": "c-2"}, "unknown user"),
        ({"protocol": "nats"}, "not MQTT"),
    ],
)
def test_anything_else_is_refused(change: dict[str, str], reason: str) -> None:
    assert decide(replace(REQUEST, **change), CREDENTIAL) == Refusal(reason)


def test_who_is_not_known_is_refused() -> None:
    assert decide(REQUEST, None) == Refusal("unknown user")


def test_a_credential_made_for_another_client_id_is_refused() -> None:
    assert decide(REQUEST, replace(CREDENTIAL, client_id="c-2")) == Refusal("another's client id")


def body(jwt: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(jwt.split(".")[1] + "==")))


def test_a_grant_of_nothing_is_a_denial_of_everything() -> None:
    letter = claims.answer(REQUEST, Grant((), ("a.b",)), issuer=claims.Identity(claims.ACCOUNT), account="LOA")
    user = body(body(letter.decode())["nats"]["jwt"])
    assert user["nats"]["pub"] == {"deny": [">"]}
    assert user["nats"]["sub"] == {"allow": ["a.b"]}


@pytest.mark.parametrize("topic", ["a.b", "a//b", "", "a b", "a/#/b", "a/b+", ">", "*", "a/>", "a/*", "a/b\n"])
def test_a_level_that_nats_would_read_otherwise_is_no_topic_of_ours(topic: str) -> None:
    with pytest.raises(ValueError, match="cannot be a level"):
        subjects.of_filter(topic)


def test_a_wildcard_does_not_take_the_brokers_own_topics() -> None:
    assert not subjects.takes("#", "$SYS/x")
    assert not subjects.takes("+/x", "$SYS/x")


async def test_a_reader_far_behind_loses_the_oldest() -> None:
    inbox = Inbox("a/+", capacity=2)
    for number in range(3):
        inbox.put(Message("a/b", bytes([number]), retained=False))
    assert [(await inbox.next()).payload for _ in range(2)] == [b"\x01", b"\x02"]
