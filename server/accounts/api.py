"""`/api/v1/login` and `/api/v1/logout`."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from server.accounts import store, use_cases
from server.trust.tokens import token_sha256
from server.web.context import Parts, Person, Writing, person_token

router = APIRouter(prefix="/api/v1", tags=["people"])


class LoginRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80, examples=["admin"])
    password: str = Field(max_length=200)


class LoginReply(BaseModel):
    token: str = Field(description="Send it as `Authorization: Bearer …`.")
    expires: datetime


@router.post("/login", summary="Log in")
async def log_in(body: LoginRequest, request: Request, parts: Parts) -> LoginReply:
    address = request.client.host if request.client else "?"
    token, expires = await use_cases.log_in(parts, name=body.name, password=body.password, address=address)
    return LoginReply(token=token, expires=expires)


@router.post("/logout", status_code=204, summary="Log out")
async def log_out(request: Request, session: Writing, _: Person) -> None:
    if token := person_token(request):
        await store.remove_login(session, token_sha256(token))
