"""Trust by a short code: typed as people type, proved and never sent, worthless to whoever stands between (REQ-26)."""

import hashlib
import secrets
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import enrolment
from protocol.errors import EnrolmentRefused

pytestmark = pytest.mark.req("REQ-26")

CODE = enrolment.code_from(bytes(range(7, 17)))
OURS, THEIRS = (hashlib.sha256(name).hexdigest() for name in (b"our certificate", b"a certificate between"))


@given(st.binary(min_size=10, max_size=10))
def test_a_code_is_sixteen_letters_that_come_back_as_they_were_typed(random: bytes) -> None:
    code = enrolment.code_from(random)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    assert enrolment.normalised(code) == code.replace("-", "")


def test_every_random_bit_is_in_the_code() -> None:
    codes = {enrolment.code_from((1 << bit).to_bytes(10)) for bit in range(80)}
    assert len(codes | {enrolment.code_from(bytes(10))}) == 81
    with pytest.raises(ValueError, match="10 random bytes"):
        enrolment.code_from(bytes(9))


@pytest.mark.parametrize(
    "typed",
    [
        "7k3m-9q2x-4hx8-2mnd",
        " 7K3M 9Q2X 4HX8 2MND ",
        "7K3M9Q2X4HX82MND",
        "7K3M–9Q2X—4HX8‑2MND",
        "7K3M\u00a09Q2X\t4HX8\n2MND\u200b",
    ],
)
def test_a_code_is_read_however_it_was_typed_or_pasted(typed: str) -> None:
    assert enrolment.normalised(typed) == "7K3M9Q2X4HX82MND"


def test_letters_that_look_like_digits_are_taken_for_them() -> None:
    assert enrolment.normalised("oO0i-Il1L-0000-1111") == "0001111100001111"[:3] + "11111" + "00001111"


@pytest.mark.parametrize("typed", ["", "7K3M", "7K3M-9Q2X-4HX8-2MN", "7K3M-9Q2X-4HX8-2MNDD", "7K3M-9Q2X-4HX8-2MNU"])
def test_what_cannot_be_a_code_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(EnrolmentRefused, match="sixteen letters"):
        enrolment.normalised(typed)


class Server:
    """Keeps the key of one code, as a server does, and answers as the protocol says."""

    certificate = OURS

    def __init__(self, code: str) -> None:
        self.key = enrolment.key_of(enrolment.normalised(code))

    def answer(self, request: enrolment.EnrolRequest) -> enrolment.EnrolReply:
        expected = enrolment.proof(
            self.key,
            side="receiver",
            nonce=request.nonce,
            certificate_sha256=self.certificate,
            content=request.software_version,
        )
        enrolment.check(request.proof, expected)
        return self.prove(request, identity='{"cluster": "c-3w5t8zqp"}')

    def prove(self, request: enrolment.EnrolRequest, *, identity: str) -> enrolment.EnrolReply:
        proof = enrolment.proof(
            self.key,
            side="server",
            nonce=request.nonce,
            certificate_sha256=request.certificate_sha256,
            content=identity,
        )
        return enrolment.EnrolReply(identity=identity, proof=proof)


class Receiver:
    def __init__(self, code: str, *, shown: str) -> None:
        self.key, self.shown, self.nonce = enrolment.key_of(enrolment.normalised(code)), shown, secrets.token_hex(16)
        self.code_id = enrolment.lookup_id(enrolment.normalised(code))

    def _proof(self, side: str, content: str) -> str:
        return enrolment.proof(self.key, side=side, nonce=self.nonce, certificate_sha256=self.shown, content=content)

    def request(self, **different: Any) -> enrolment.EnrolRequest:
        usual = {
            "code_id": self.code_id,
            "nonce": self.nonce,
            "certificate_sha256": self.shown,
            "software_version": "0.1.0",
            "proof": self._proof("receiver", "0.1.0"),
        }
        return enrolment.EnrolRequest.model_validate(usual | different)

    def takes(self, reply: enrolment.EnrolReply) -> str:
        enrolment.check(reply.proof, self._proof("server", reply.identity))
        return reply.identity


def test_both_sides_believe_each_other_by_the_code() -> None:
    receiver = Receiver(CODE, shown=OURS)
    assert receiver.takes(Server(CODE).answer(receiver.request())) == '{"cluster": "c-3w5t8zqp"}'


def test_the_server_refuses_a_receiver_that_was_shown_another_certificate() -> None:
    receiver = Receiver(CODE, shown=THEIRS)
    for request in (receiver.request(), receiver.request(certificate_sha256=OURS)):
        with pytest.raises(EnrolmentRefused):
            Server(CODE).answer(request)


def test_the_receiver_refuses_a_server_that_does_not_know_the_code() -> None:
    receiver = Receiver(CODE, shown=THEIRS)
    between = Server(enrolment.code_from(bytes(10)))
    with pytest.raises(EnrolmentRefused):
        receiver.takes(between.prove(receiver.request(), identity="{}"))


def test_an_honest_answer_carried_through_another_certificate_is_refused() -> None:
    receiver = Receiver(CODE, shown=THEIRS)
    answer = Server(CODE).prove(receiver.request(certificate_sha256=OURS), identity="{}")
    with pytest.raises(EnrolmentRefused):
        receiver.takes(answer)


def test_a_wrong_code_is_refused() -> None:
    wrong = Receiver(enrolment.code_from(bytes(range(8, 18))), shown=OURS)
    with pytest.raises(EnrolmentRefused):
        Server(CODE).answer(wrong.request())


def test_a_receivers_own_proof_is_no_answer_of_a_server() -> None:
    receiver = Receiver(CODE, shown=OURS)
    with pytest.raises(EnrolmentRefused):
        receiver.takes(enrolment.EnrolReply(identity="0.1.0", proof=receiver.request().proof))


def test_an_answer_is_good_for_its_own_request_only_and_to_the_letter() -> None:
    server, receiver = Server(CODE), Receiver(CODE, shown=OURS)
    answer = server.answer(receiver.request())
    with pytest.raises(EnrolmentRefused):
        Receiver(CODE, shown=OURS).takes(answer)
    with pytest.raises(EnrolmentRefused):
        receiver.takes(answer.model_copy(update={"identity": answer.identity + " "}))


@given(st.tuples(*[st.text(max_size=8)] * 4), st.tuples(*[st.text(max_size=8)] * 4))
def test_no_two_statements_share_a_proof_however_their_parts_are_cut(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    def prove(side: str, nonce: str, certificate: str, content: str) -> str:
        return enrolment.proof(b"k" * 32, side=side, nonce=nonce, certificate_sha256=certificate, content=content)

    assert (prove(*one) == prove(*other)) == (one == other)


def test_the_part_of_the_code_that_is_sent_says_nothing_of_the_rest() -> None:
    request = Receiver(CODE, shown=OURS).request().model_dump_json()
    assert enrolment.normalised(CODE)[4:] not in request
    assert request.count(CODE[:4]) == 1
