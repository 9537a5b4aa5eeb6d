"""No request may be larger than what it is for: counted as it arrives, whatever its headers say."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import TooLarge
from server.web.problems import answer

SMALL_BYTES = 2_000_000
FORM_BYTES = 100_000
"""What a form adds to its file."""


def too_large(max_bytes: int) -> TooLarge:
    megabytes = max_bytes / 1_000_000
    vi = f"Tệp lớn hơn {megabytes:g} MB. Hãy nén thành MP3 hoặc chia thành nhiều tin bài."
    en = f"The file is larger than {megabytes:g} MB. Compress it to MP3 or split it into several items."
    return TooLarge("too-large", vi, en)


class RequestTooLarge(TooLarge):
    title = "Dữ liệu quá lớn"


def request_too_large() -> RequestTooLarge:
    megabytes = SMALL_BYTES / 1_000_000
    vi = f"Dữ liệu gửi lên lớn hơn {megabytes:g} MB. Hãy gửi ít hơn trong một lần."
    en = f"The request is larger than {megabytes:g} MB. Send less at a time."
    return RequestTooLarge("request-too-large", vi, en)


class BodyLimit:
    def __init__(self, app: ASGIApp, *, max_upload_bytes: int) -> None:
        self._app, self._max_upload_bytes = app, max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upload = scope["path"].endswith("/versions")
        limit = self._max_upload_bytes + FORM_BYTES if upload else SMALL_BYTES
        refusal = too_large(self._max_upload_bytes) if upload else request_too_large()
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await answer(refusal)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise refusal
            return message

        await self._app(scope, counted, send)
