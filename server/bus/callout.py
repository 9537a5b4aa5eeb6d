"""The side of NATS's auth callout that decides: every connection to the broker is asked about here."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from server.bus import claims, configuration
from server.bus.errors import BrokerLost, CredentialsUnavailable
from server.bus.permits import ConnectRequest, Credential, CredentialLookup, Grant, Refusal, decide

log = structlog.get_logger()

QUESTIONS = "$SYS.REQ.USER.AUTH"
AT_ONCE = 64
"""Lookups under way at the same time: enough to hide their latency, few enough for a pool of connections."""
_ANSWER_WITHIN_S = 5.0


class Callout:
    """Answers for one life of the broker.

    `own` are the logins of the server itself; everyone else is asked of `lookup`, on every
    connection, so that what is added or revoked counts at once.
    """

    def __init__(
        self, client: Client, *, issuer: claims.Identity, own: Mapping[str, Credential], lookup: CredentialLookup
    ) -> None:
        self._client = client
        self._issuer = issuer
        self._own = own
        self._lookup = lookup
        self._places = asyncio.Semaphore(AT_ONCE)

    async def listen(self) -> Subscription:
        """From now on no question is lost; `run` answers them. Raises BrokerLost."""
        with _mapped():
            questions = await self._client.subscribe(QUESTIONS)
            await self._client.flush()
        return questions

    async def run(self, questions: Subscription) -> None:
        """Answer until the connection ends (BrokerLost, in a group).

        What `lookup` raises beside CredentialsUnavailable is a bug and comes out here.
        """
        async with asyncio.TaskGroup() as answers:
            async for question in questions.messages:
                answers.create_task(self._answer(question), name="bus: decide a connection")
            raise BrokerLost("the control connection ended")

    async def disconnect(self, client_id: str) -> int:
        """End the live connections of a client id; how many there were. Raises BrokerLost."""
        return await self._kick({"mqtt_client": client_id})

    async def send_away_the_early(self) -> None:
        """End the connections that came before anyone listened: their question is lost, and they would wait in vain.

        Devices come back at once; one that was decided meanwhile only comes back twice. Raises BrokerLost.
        """
        await self._kick({"limit": 100_000})

    async def keep_only_the_latest(self) -> None:
        """Of each topic, the one message that may wait for a device that does not acknowledge. Raises BrokerLost.

        nats-server would keep all of them for as long as such a device exists, until its store is full and nobody
        can connect. State needs no more: a newer message says all that an older one did.
        """
        wanted = {
            "name": configuration.WAITING,
            "subjects": ["$MQTT.msgs.>"],
            "retention": "interest",
            "storage": "file",
            "max_msgs_per_subject": 1,
        }
        answer = await self._request(configuration.LIMIT_WAITING, wanted)
        if "error" in answer:
            raise BrokerLost(f"the limits of {configuration.WAITING} were refused: {answer['error']}")

    async def _kick(self, wanted: Mapping[str, object]) -> int:
        found = await self._ask("PING.CONNZ", wanted)
        numbers = [one["cid"] for one in found["data"]["connections"] if one.get("type") == "mqtt"]
        for number in numbers:
            await self._ask(f"{found['server']['id']}.KICK", {"cid": number})
        return len(numbers)

    async def _ask(self, what: str, question: Mapping[str, object]) -> dict[str, Any]:
        return await self._request(f"$SYS.REQ.SERVER.{what}", question)

    async def _request(self, subject: str, question: Mapping[str, object]) -> dict[str, Any]:
        with _mapped():
            reply = await self._client.request(subject, json.dumps(question).encode(), timeout=_ANSWER_WITHIN_S)
        answer: dict[str, Any] = json.loads(reply.data)
        return answer

    async def _answer(self, question: Msg) -> None:
        request = claims.read(question.data)
        async with self._places:
            decision = await self._decide(request)
        if isinstance(decision, Refusal):
            _log_refusal(request, decision)
        letter = claims.answer(request, decision, issuer=self._issuer, account=configuration.ACCOUNT)
        with _mapped():
            await question.respond(letter)

    async def _decide(self, request: ConnectRequest) -> Grant | Refusal:
        try:
            credential = self._own.get(request.user) or await self._lookup(request.user)
        except CredentialsUnavailable as error:
            return Refusal(f"no credentials can be read: {error}")
        return decide(request, credential)


@asynccontextmanager
async def control_connection(
    host: str, port: int, operator: claims.Identity, *, tls: ssl.SSLContext | None, name: str
) -> AsyncIterator[Client]:
    """A connection to the broker's own port as its operator. Without TLS for loopback only. Raises BrokerLost."""
    client = Client()
    secured: dict[str, Any] = {"tls": tls, "tls_hostname": name} if tls else {}
    try:
        with _mapped():
            await client.connect(
                f"{'tls' if tls else 'nats'}://{host}:{port}",
                nkeys_seed_str=operator.seed,
                allow_reconnect=False,
                error_cb=_ignore,
                name="loa-server",
                **secured,
            )
        yield client
    finally:
        await client.close()


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (nats.errors.Error, OSError) as error:
        raise BrokerLost(str(error) or type(error).__name__) from error


async def _ignore(_error: Exception) -> None:
    """What the client would print itself; a connection that ends is seen and told by the Broker."""


def _log_refusal(request: ConnectRequest, refusal: Refusal) -> None:
    log.warning(
        "connection refused",
        user=request.user,
        client_id=request.client_id,
        address=request.address,
        reason=refusal.reason,
    )
