"""What receivers ask of the registry: enrolment, and the time."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse

from protocol.enrolment import EnrolReply, EnrolRequest
from protocol.messages import TimeReply
from server.clusters import enrolment
from server.web.context import Now, Parts, Receiver

NONCE_LIFE = timedelta(days=20 * 365)
"""The nonce makes the reply fresh; a receiver whose clock is wrong by years must still be able to take it."""

router = APIRouter(prefix="/api/receiver", tags=["receivers"])


@router.post("/enrol", summary="A one-time code becomes an identity")
async def enrol(body: EnrolRequest, request: Request, parts: Parts, now: Now) -> EnrolReply:
    address = request.client.host if request.client else "?"
    reply, replaced = await enrolment.enrol(parts, body, address=address, now=now)
    if replaced:
        parts.revoked.put_nowait(replaced)
    return reply


@router.get("/time", summary="The time, signed over the receiver's nonce", response_class=PlainTextResponse)
async def time(parts: Parts, received: Now, _: Receiver, nonce: Annotated[str, Query(pattern="^[0-9a-f]{32}$")]) -> str:
    sent = parts.clock.now()
    reply = TimeReply(received=received, sent=sent)
    token = parts.signer.sign(reply, audience=f"time/{nonce}", sequence=1, issued=sent, expires=sent + NONCE_LIFE)
    return token.decode()
