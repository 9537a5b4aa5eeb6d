"""The first page: the clusters and what is on air."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from protocol.language_names import NAMES
from server.accounts import store as accounts
from server.accounts import use_cases
from server.clusters import views
from server.errors import Problem, Unauthorised
from server.trust.tokens import token_sha256
from server.web.context import COOKIE, Parts, person

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(directory=Path(__file__).parent / "templates")


@router.get("/", response_class=HTMLResponse)
async def clusters_page(request: Request, parts: Parts) -> Response:
    try:
        who = await person(request, parts)
    except Unauthorised:
        return RedirectResponse("/login", status_code=303)
    async with parts.reading() as session:
        found = await views.clusters(session, now=parts.clock.now())
    data = [cluster.model_dump(mode="json") for cluster in found]
    content = {"data": data, "languages": NAMES, "who": who.name}
    return templates.TemplateResponse(request, "clusters.html", content)


@router.get("/login", response_class=HTMLResponse)
async def login_page(request: Request) -> Response:
    return templates.TemplateResponse(request, "login.html", {"problem": None})


@router.post("/login", response_class=HTMLResponse)
async def log_in(
    request: Request,
    parts: Parts,
    name: Annotated[str, Form(max_length=80)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    address = request.client.host if request.client else "?"
    try:
        token, expires = await use_cases.log_in(parts, name=name, password=password, address=address)
    except Problem as problem:
        return templates.TemplateResponse(request, "login.html", {"problem": problem}, status_code=problem.status)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(
        COOKIE, token, expires=expires, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return answer


@router.post("/logout")
async def log_out(request: Request, parts: Parts) -> Response:
    """The cookie is `SameSite=Strict`: no other site can send this form with it."""
    if token := request.cookies.get(COOKIE):
        async with parts.work() as session:
            await accounts.remove_login(session, token_sha256(token))
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer
