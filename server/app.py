"""The HTTP application: every feature's endpoints on one FastAPI app, served plain on loopback and with TLS outside."""

from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.accounts import api as accounts
from server.areas import api as areas
from server.clusters import api as clusters
from server.clusters import receiver_api
from server.console import pages
from server.journal import api as journal
from server.media import api as media
from server.programmes import api as programmes
from server.schedule import api as schedule
from server.web import health, problems
from server.web.limits import BodyLimit
from server.wiring import Wiring

DESCRIPTION = """The server of a commune's IP radio station.

People log in with `POST /api/v1/login` and send the token as `Authorization: Bearer`. Receivers authenticate with the
identity they got at enrolment; what they say and hear is laid down in docs/protocol.md. Every refusal is a problem
(RFC 9457) with a stable `slug` and a sentence in Vietnamese and English."""

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


class SecurityHeaders:
    """Adds the headers to every answer without touching its stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def create_app(parts: Wiring) -> FastAPI:
    app = FastAPI(
        title="Loa",
        version=version("loa"),
        description=DESCRIPTION,
        responses=problems.RESPONSES,
        docs_url=None,  # The bundled pages load scripts from elsewhere; /openapi.json is what tools read.
        redoc_url=None,
    )
    app.state.wiring = parts
    problems.install(app)
    for feature in (accounts, areas, clusters, programmes, schedule, journal, receiver_api, media, health, pages):
        app.include_router(feature.router)
    app.include_router(journal.receiver_router)
    app.mount("/static", StaticFiles(directory=Path(pages.__file__).parent / "static"))
    app.add_middleware(BodyLimit, max_upload_bytes=parts.settings.max_upload_bytes)
    app.add_middleware(SecurityHeaders)
    return app
