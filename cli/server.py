"""The server's API over HTTP: what it answers as values, what it refuses as errors with its own sentences."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Self, TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from cli import account, certificates
from cli.account import Account
from cli.errors import Failure, Refused, Unreachable

CONNECT_S, ANSWER_S = 10.0, 30.0
PREPARE_S = 1_800.0
"""An upload is answered when its asset is made; an hour of sound takes minutes on a small machine."""
QUIET_S = 90.0
"""An event stream that says nothing for so long is broken."""

Found = TypeVar("Found", bound=BaseModel)


class Server:
    """Talks for one account; use it as a context manager."""

    def __init__(self, account: Account) -> None:
        self.account = account
        headers = {"Accept": "application/json", "User-Agent": "loa"}
        if account.token:
            headers["Authorization"] = f"Bearer {account.token}"
        self._client = httpx2.Client(
            base_url=account.url,
            headers=headers,
            verify=certificates.context(account.certificate_pem) if account.url.startswith("https") else True,
            timeout=httpx2.Timeout(ANSWER_S, connect=CONNECT_S),
            trust_env=False,  # A proxy of the environment must not see a station's token.
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, **query: str | int | None) -> Any:  # noqa: ANN401 -- JSON.
        asked = {name: value for name, value in query.items() if value is not None}
        with self._told():
            return self._json(self._client.get(f"/api/v1{path}", params=asked))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 -- JSON.
        with self._told():
            return self._json(self._client.post(f"/api/v1{path}", json=body))

    def upload(self, path: str, *, fields: dict[str, str], name: str, file: BinaryIO) -> Any:  # noqa: ANN401 -- JSON.
        patient = httpx2.Timeout(PREPARE_S, connect=CONNECT_S)
        with self._told():
            return self._json(
                self._client.post(f"/api/v1{path}", data=fields, files={"file": (name, file)}, timeout=patient)
            )

    def events(self) -> Iterator[tuple[str, Any]]:
        """Name and content of each server-sent event, until the server ends the stream."""
        patient = httpx2.Timeout(QUIET_S, connect=CONNECT_S)
        with self._told(), self._client.stream("GET", "/api/v1/events", timeout=patient) as answer:
            if answer.status_code != httpx2.codes.OK:
                answer.read()
                self._json(answer)
            name, data = "message", list[str]()
            for line in answer.iter_lines():
                field, _, value = line.partition(":")
                if not line and data:
                    yield name, json.loads("\n".join(data))
                    name, data = "message", []
                elif field == "event":
                    name = value.removeprefix(" ")
                elif field == "data":
                    data.append(value.removeprefix(" "))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the transport raises, as a sentence."""
        try:
            yield
        except (httpx2.ConnectError, httpx2.TransportError) as error:
            if isinstance(error, httpx2.ConnectError) and _is_about_certificates(error):
                raise Unreachable(
                    f"Chứng thư của máy chủ {self.account.url} không phải chứng thư đã tin cậy:"
                    " hãy đăng nhập lại với --ca hoặc --fingerprint.",
                    f"The certificate of {self.account.url} is not the trusted one:"
                    " log in again with --ca or --fingerprint.",
                ) from error
            if isinstance(error, httpx2.TimeoutException) and not isinstance(error, httpx2.ConnectTimeout):
                raise Unreachable(
                    f"Máy chủ {self.account.url} trả lời quá chậm.", f"{self.account.url} takes too long to answer."
                ) from error
            raise certificates.unreachable(self.account.url) from error
        except json.JSONDecodeError as error:
            raise _stranger(self.account.url) from error

    def _json(self, answer: httpx2.Response) -> Any:  # noqa: ANN401 -- JSON.
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            problem = answer.json()
            slug, vi, en = str(problem["slug"]), str(problem["detail"]), str(problem["detail_en"])
        except (ValueError, KeyError, TypeError) as error:
            raise _stranger(self.account.url) from error
        raise Refused(vi, en, status=answer.status_code, slug=slug)


def understood(kind: type[Found], answer: Any) -> Found:  # noqa: ANN401 -- JSON.
    """The answer as `kind`. Raises Unreachable for one that is not ours."""
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        raise Failure(
            "Máy chủ trả lời theo cách mà bản loa này không hiểu; phiên bản có thể khác nhau.",
            "The server answers in a way that this loa does not understand; their versions may differ.",
        ) from error


def connected() -> Server:
    """For the account that is logged in. Raises Failure."""
    return Server(account.load())


def _stranger(url: str) -> Unreachable:
    return Unreachable(f"Ở {url} không phải máy chủ Loa.", f"What answers at {url} is not a Loa server.")


def _is_about_certificates(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
