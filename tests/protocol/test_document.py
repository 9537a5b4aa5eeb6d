"""docs/protocol.md is normative: its examples are the golden files, its tables list every field and topic."""

import base64
import json
import re
from datetime import datetime, timedelta
from enum import StrEnum

import pytest
from pydantic import BaseModel

from protocol import enrolment, errors, messages, rundown, signing, topics
from tests.protocol import examples
from tests.protocol.renew import renew

TEXT = examples.DOCUMENT.read_text(encoding="utf-8")
SIGNED: list[type[BaseModel]] = [messages.RundownHead, messages.Config, messages.TimeReply]
PLAIN = [example for example in examples.ALL if example.language == "json" and example.name[0].isupper()]
MODELS: dict[str, type[BaseModel]] = {
    name: found
    for module in (messages, signing, enrolment)
    for name, found in vars(module).items()
    if isinstance(found, type) and issubclass(found, BaseModel) and found.__module__ == module.__name__
}
ABSTRACT = {"Message"}


def section(name: str) -> str:
    """The text below the heading `name`, up to the next heading."""
    found = re.search(rf"^#+ {re.escape(name)}\n(.*?)(?=^#+ |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"docs/protocol.md has no section {name}"
    return found.group(1)


def trust() -> signing.Trust:
    return signing.Trust([signing.public(examples.published_key("root"))])


@pytest.mark.parametrize("name", sorted(MODELS.keys() - ABSTRACT))
def test_every_field_of_every_message_stands_in_the_document_and_no_other(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section(name), re.MULTILINE)
    assert rows == list(MODELS[name].model_fields)


@pytest.mark.parametrize(
    "topic",
    [
        *(topics.rundown("{id}"), topics.config("{id}"), topics.presence("{id}"), topics.status("{id}")),
        topics.server_state(),
    ],
)
def test_every_topic_stands_in_the_document(topic: str) -> None:
    assert f"| `{topic}` |" in section("Topics")


def test_no_topic_was_added_without_the_document() -> None:
    named = re.findall(r"^\| `([\w/{}]+)` \| (?:to|from)", section("Topics"), re.MULTILINE)
    allowed = {*topics.downward(station="{id}", cluster="{id}"), *topics.upward(cluster="{id}")}
    assert set(named) == allowed
    assert f"`{topics.ROOT}`" in section("Topics")


@pytest.mark.parametrize(
    "value",
    [
        member.value
        for words in vars(messages).values()
        if isinstance(words, type) and issubclass(words, StrEnum) and words is not StrEnum
        for member in words
    ],
)
def test_every_word_of_a_message_stands_in_the_document(value: str) -> None:
    assert f"`{value}`" in TEXT


@pytest.mark.parametrize("refusal", errors.MessageRefused.__subclasses__())
def test_every_reason_for_a_refusal_stands_in_the_document(refusal: type[errors.MessageRefused]) -> None:
    assert f"`{refusal.slug}`" in section("Verification, in this order")


@pytest.mark.parametrize("example", PLAIN, ids=lambda example: str(example.name))
def test_examples_are_valid_and_go_there_and_back(example: examples.Example) -> None:
    model = MODELS[example.name]
    message = model.model_validate_json(example.text)
    again = model.model_validate_json(message.model_dump_json(exclude_none=True))
    assert again == message
    assert json.loads(message.model_dump_json(exclude_unset=True)) == example.json


def test_every_message_that_is_sent_by_itself_has_an_example() -> None:
    shown = {example.name.removeprefix("claims ") for example in examples.ALL}
    sent = {"Certificate", "Rundown", "ServerState", "Presence", "Status", "JournalUpload"}
    assert shown >= sent | {"EnrolRequest", "EnrolReply", "Identity"} | {model.__name__ for model in SIGNED}


@pytest.mark.parametrize("model", SIGNED, ids=lambda model: str(model.__name__))
def test_the_signed_examples_hold_under_the_published_root(model: type[BaseModel]) -> None:
    claims = examples.of("json", f"claims {model.__name__}").json
    token = examples.of("jws", model.__name__).token.encode()
    issued = datetime.fromisoformat(claims["issued"])
    signed = trust().verify(token, model, audience=claims["audience"], now=issued)
    assert json.loads(signed.body.model_dump_json()) == claims["body"]
    assert (signed.epoch, signed.sequence) == (claims["epoch"], claims["sequence"])
    assert (signed.issued, signed.expires) == (issued, datetime.fromisoformat(claims["expires"]))


def test_the_example_certificate_is_the_one_that_travels_with_the_messages() -> None:
    certificate, key = trust().certificate(examples.of("jws", "Certificate").token)
    assert certificate == signing.Certificate.model_validate_json(examples.of("json", "Certificate").text)
    assert key.thumbprint() == examples.published_key("signing").thumbprint()


def test_the_example_rundown_unpacks_under_its_head() -> None:
    claims = examples.of("json", "claims RundownHead").json
    head = messages.RundownHead.model_validate(claims["body"])
    packed = base64.b64decode(examples.of("base64", "Rundown").token)
    assert rundown.unpack(packed, head) == messages.Rundown.model_validate_json(examples.of("json", "Rundown").text)


def test_the_table_of_languages_says_what_the_example_rundown_does() -> None:
    (occurrence,) = messages.Rundown.model_validate_json(examples.of("json", "Rundown").text).occurrences
    rows = re.findall(r"^\| \[(.*?)\] \| (.*?) \|$", section("Languages"), re.MULTILINE)
    assert len(rows) == 4
    for plan, plays in rows:
        versions = occurrence.versions_of("c-3w5t8zqp", tuple(plan.split(", ")))
        said = re.findall(r"(\w+) from (\d+):(\d\d) to (\d+):(\d\d)", plays)
        assert [
            (v.language, v.offset_samples / 48_000, (v.offset_samples + v.asset.samples) / 48_000) for v in versions
        ] == [(tag, int(m) * 60 + int(s), int(m2) * 60 + int(s2)) for tag, m, s, m2, s2 in said]
    assert occurrence.end - occurrence.start == timedelta(minutes=13, seconds=30)


def test_the_example_of_enrolment_holds() -> None:
    key = enrolment.key_of(enrolment.normalised(examples.of("text", "enrolment-code").text))
    request = enrolment.EnrolRequest.model_validate_json(examples.of("json", "EnrolRequest").text)
    reply = enrolment.EnrolReply.model_validate_json(examples.of("json", "EnrolReply").text)
    shown = {"nonce": request.nonce, "certificate_sha256": request.certificate_sha256}
    enrolment.check(request.proof, enrolment.proof(key, side="receiver", content=request.software_version, **shown))
    enrolment.check(reply.proof, enrolment.proof(key, side="server", content=reply.identity, **shown))
    identity = enrolment.Identity.model_validate_json(reply.identity)
    assert identity == enrolment.Identity.model_validate_json(examples.of("json", "Identity").text)


def test_renewing_the_examples_changes_nothing_that_still_holds() -> None:
    # Packing may differ between builds of zlib; that it unpacks is shown above.
    def without_packing(text: str) -> str:
        for name in ("Rundown", "claims RundownHead", "RundownHead"):
            text = re.sub(rf"^```\w+ {name}\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        return text

    assert without_packing(renew(TEXT)) == without_packing(TEXT)
