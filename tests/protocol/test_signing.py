"""Nothing sounds that is not signed (REQ-34): whatever is tampered with is refused, and refusing never breaks."""

import base64
import dataclasses
import json
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey
from pydantic import BaseModel

from protocol import errors, signing, topics
from protocol.messages import Config, RundownHead, TimeReply
from tests.protocol.keys import AUDIENCE, HEAD, NOW, Station, signed

pytestmark = pytest.mark.req("REQ-34")


@pytest.fixture(scope="module")
def station() -> Station:
    return Station()


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decoded(part: bytes) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))))


def with_header(token: bytes, **changes: Any) -> bytes:
    header, claims, signature = token.split(b".")
    changed = {k: v for k, v in (decoded(header) | changes).items() if v is not None}
    return b".".join((b64(json.dumps(changed).encode()), claims, signature))


def verify(
    station: Station, token: bytes, *, audience: str = AUDIENCE, now: datetime = NOW
) -> signing.Signed[RundownHead]:
    return station.trust.verify(token, RundownHead, audience=audience, now=now)


def test_a_message_of_the_pinned_server_is_taken(station: Station) -> None:
    message = verify(station, signed(station.signer(epoch=4), sequence=9))
    assert message.body == HEAD
    assert (message.epoch, message.sequence) == (4, 9)


def test_a_second_pinned_root_vouches_too(station: Station) -> None:
    province = Station()
    trust = signing.Trust([signing.public(station.root), signing.public(province.root)])
    for root in (station.root, province.root):
        trust.verify(signed(station.signer(root=root)), RundownHead, audience=AUDIENCE, now=NOW)


@pytest.mark.parametrize("field", ["audience", "epoch", "sequence", "issued", "expires", "body"])
def test_changing_any_claim_breaks_the_signature(station: Station, field: str) -> None:
    header, claims, signature = signed(station.signer()).split(b".")
    changed = decoded(claims)
    changed[field] = {"station": "s-00000000"} if field == "body" else "2030-01-01T00:00:00Z"
    with pytest.raises(errors.Forged):
        verify(station, b".".join((header, b64(json.dumps(changed).encode()), signature)))


def test_the_signature_of_another_message_does_not_fit(station: Station) -> None:
    signer = station.signer()
    one, other = signed(signer), signed(signer, sequence=2)
    with pytest.raises(errors.Forged):
        verify(station, b".".join((*one.split(b".")[:2], other.split(b".")[2])))


def test_a_server_of_another_root_is_refused(station: Station) -> None:
    with pytest.raises(errors.Forged, match="pinned root"):
        verify(station, signed(Station().signer()))


def test_a_stranger_who_names_our_root_is_refused(station: Station) -> None:
    stranger = signing.generate_key()
    statement = signing.Certificate(kind="signing-key", epoch=9, issued=NOW, key=signing.public(stranger))
    forged = jws.serialize_compact(
        {"alg": "Ed25519", "kid": station.root.thumbprint()},
        statement.model_dump_json().encode(),
        stranger,
        algorithms=["Ed25519"],
    )
    with pytest.raises(errors.Forged, match="certificate"):
        verify(station, signed(signing.Signer(stranger, forged, 9)))


def test_a_stolen_certificate_is_no_use_without_its_key(station: Station) -> None:
    stolen = station.signer().certificate
    with pytest.raises(errors.Forged):
        verify(station, signed(signing.Signer(signing.generate_key(), stolen, 1)))


def test_a_key_cannot_give_itself_a_higher_epoch(station: Station) -> None:
    ours = station.signer(epoch=2)
    with pytest.raises(errors.Forged, match="epoch 3"):
        verify(station, signed(dataclasses.replace(ours, epoch=3)))


def test_a_signing_key_certifies_no_other(station: Station) -> None:
    stolen = station.signer()
    other = signing.generate_key()
    chained = signing.certify(stolen.key, other, epoch=9, issued=NOW)
    with pytest.raises(errors.Forged):
        verify(station, signed(signing.Signer(other, chained, 9)))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA", "ES256", "ed25519", 5, ["Ed25519"], None])
def test_no_other_algorithm_is_taken(station: Station, algorithm: Any) -> None:
    with pytest.raises((errors.Forged, errors.Malformed)):
        verify(station, with_header(signed(station.signer()), alg=algorithm))


def test_the_public_key_is_no_shared_secret(station: Station) -> None:
    # The classic confusion: HMAC keyed with the public key that everybody knows.
    ours = station.signer()
    claims = signed(ours).split(b".")[1]
    secret = OctKey.import_key(json.dumps(signing.public(ours.key)).encode())
    header = {"alg": "HS256", "cert": ours.certificate}
    registry = signing._Registry(header_registry=dict(signing._MESSAGES.header_registry), algorithms=["HS256"])
    token = jws.serialize_compact(header, base64.urlsafe_b64decode(claims + b"=="), secret, registry=registry)
    with pytest.raises((errors.Forged, errors.Malformed)):
        verify(station, token.encode())


@pytest.mark.parametrize(
    "header",
    [{"crit": ["x"], "x": 1}, {"crit": 5}, {"b64": False, "crit": ["b64"]}, {"cert": 5}, {"cert": ""}, {"cert": None}],
)
def test_headers_that_mean_something_else_are_refused(station: Station, header: dict[str, Any]) -> None:
    with pytest.raises((errors.Forged, errors.Malformed)):
        verify(station, with_header(signed(station.signer()), **header))


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b".", b"..", b"...", b"a.b.c", b"a.b.c.d", b"\xff" * 9, "Tà Hừa".encode(), b"{}"),
        *(b64(text) + b".e30.AAAA" for text in (b"[]", b"null", b'"x"', b"[" * 40_000, b'{"a":' * 5_000, b"\xff")),
        *(b64(text) + b".e30.AAAA" for text in (b'{"a":' + b"9" * 5_000 + b"}", b"{}", b'{"alg":"Ed25519"}')),
    ],
    ids=lambda payload: str(payload[:12]),
)
def test_what_is_no_message_is_malformed(station: Station, payload: bytes) -> None:
    with pytest.raises(errors.Malformed):
        verify(station, payload)


def test_a_message_for_another_topic_is_refused(station: Station) -> None:
    token = signed(station.signer())
    with pytest.raises(errors.WrongAudience):
        verify(station, token, audience=topics.rundown("s-00000000"))


def test_a_message_is_good_until_it_expires_and_not_at_that_instant(station: Station) -> None:
    token = signed(station.signer(), expires=NOW + timedelta(hours=1))
    verify(station, token, now=NOW + timedelta(minutes=59, seconds=59))
    with pytest.raises(errors.Expired):
        verify(station, token, now=NOW + timedelta(hours=1))


@pytest.mark.parametrize("body", [Config, TimeReply])
def test_a_signed_message_of_another_kind_is_malformed(station: Station, body: type[BaseModel]) -> None:
    with pytest.raises(errors.Malformed, match=body.__name__):
        station.trust.verify(signed(station.signer()), body, audience=AUDIENCE, now=NOW)


def test_an_oversized_message_is_neither_signed_nor_read(station: Station) -> None:
    plan = tuple(f"x{n:07}" for n in range(1, 9_000))

    class Large(BaseModel):
        plan: tuple[str, ...]

    with pytest.raises(ValueError, match="64000 are allowed"):
        signed(station.signer(), body=Large(plan=plan))
    with pytest.raises(errors.Malformed, match="more than a message may have"):
        verify(station, signed(station.signer()) + b"A" * topics.MAX_PAYLOAD_BYTES)


def test_unknown_fields_are_ignored_so_that_versions_can_follow_each_other(station: Station) -> None:
    class Next(RundownHead):
        mood: str = "calm"

    newer = Next(**HEAD.model_dump())
    assert verify(station, signed(station.signer(), body=newer)).body == HEAD


def test_a_year_before_the_calendar_is_malformed_and_not_a_crash() -> None:
    # Found by reading: an OverflowError of the date arithmetic went through pydantic.
    with pytest.raises(ValueError, match="outside the calendar"):
        TimeReply.model_validate_json('{"received": "0001-01-01T00:00:00+14:00", "sent": "2026-03-01T00:00:00Z"}')


def mutated(token: bytes, chance: random.Random) -> bytes:
    """One to three bytes flipped, dropped, doubled or swapped, or a part replaced."""
    data = bytearray(token)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(data))
        match chance.randrange(5):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                data[place] = chance.choice(b"ABCabc012-_.")
            case 2:
                del data[place : place + chance.randint(1, 40)]
            case 3:
                data[place:place] = data[place : place + chance.randint(1, 40)]
            case _:
                parts = bytes(data).split(b".")
                chance.shuffle(parts)
                data = bytearray(b".".join(parts))
        data = data or bytearray(b"x")
    return bytes(data)


def mutated_inside(token: bytes, chance: random.Random) -> bytes:
    """The header's JSON mutated and encoded properly again, which reaches deeper than mutated base 64."""
    header, claims, signature = token.split(b".")
    plain = base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4))
    return b".".join((b64(mutated(plain, chance)), claims, signature))


def test_ten_thousand_mutated_messages_are_refused_and_nothing_else(station: Station) -> None:
    chance = random.Random(20260301)
    token = signed(station.signer())
    reasons = set()
    for number in range(10_000):
        hostile = (mutated if number % 2 else mutated_inside)(token, chance)
        if hostile == token:
            continue
        try:
            # Base 64 without padding has spare bits, and the header may say more than we read: what is taken
            # all the same must be what was signed, to the letter.
            assert verify(station, hostile).body == HEAD
        except errors.MessageRefused as refused:
            reasons.add(refused.slug)
    assert reasons == {"malformed", "forged"}
