"""Refusals as `application/problem+json` (RFC 9457); bugs as a 500 that reveals nothing."""

import errno
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from server.errors import Problem, disk_full

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"


class ProblemDetails(BaseModel):
    """How every refusal looks."""

    type: str = Field(examples=["/problems/too-quiet"])
    title: str = Field(examples=["Dữ liệu chưa đúng"])
    status: int = Field(examples=[422])
    slug: str = Field(description="Stable; programs decide by it.", examples=["too-quiet"])
    detail: str = Field(description="What the officer is to do, in Vietnamese.")
    detail_en: str = Field(description="The same in English.")
    errors: list[dict[str, str]] = Field(default_factory=list, description="Fields that are wrong: `field`, `message`.")


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ProblemDetails, "description": "Refused", "content": {MEDIA_TYPE: {}}},
    "5XX": {"model": ProblemDetails, "description": "Not now", "content": {MEDIA_TYPE: {}}},
}


def answer(problem: Problem, errors: list[dict[str, str]] | None = None, *, status: int | None = None) -> Response:
    details = ProblemDetails(
        type=f"/problems/{problem.slug}",
        title=problem.title,
        status=status or problem.status,
        slug=problem.slug,
        detail=problem.vi,
        detail_en=problem.en,
        errors=errors or [],
    )
    return Response(details.model_dump_json(), details.status, problem.headers, MEDIA_TYPE)


class Malformed(Problem):
    status = 422
    title = "Dữ liệu chưa đúng"


class Internal(Problem):
    status = 500
    title = "Lỗi của phần mềm"


class Unreadable(Problem):
    status = 400
    title = "Không đọc được"


def unreadable() -> Unreadable:
    return Unreadable("unreadable", "Dữ liệu gửi lên không đọc được.", "The request could not be read.")


async def on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer(error)


async def on_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(found["type"] == "json_invalid" for found in error.errors()):
        return answer(unreadable())
    errors = [
        {"field": ".".join(str(part) for part in found["loc"] if part != "body"), "message": str(found["msg"])}
        for found in error.errors()
    ]
    fields = ", ".join(found["field"] for found in errors) or "…"
    vi, en = f"Các mục sau chưa đúng: {fields}.", f"These fields are not right: {fields}."
    return answer(Malformed("invalid-fields", vi, en), errors)


async def on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, Problem):
        return answer(error.__cause__)  # Raised while FastAPI read the body, and wrapped there.
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return answer(unreadable())
    vi, en = "Máy chủ không có trang hoặc thao tác này.", "The server has no such page or action."
    problem = Problem(f"http-{error.status_code}", vi, en, headers=dict(error.headers or {}))
    return answer(problem, status=error.status_code)


async def on_os_error(request: Request, error: Exception) -> Response:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        log.error("disk full", path=request.url.path)
        return answer(disk_full())
    return await on_bug(request, error)


async def on_bug(request: Request, error: Exception) -> Response:
    log.error("bug", path=request.url.path, method=request.method, exc_info=error)
    vi = "Phần mềm gặp lỗi nên chưa làm được việc này. Hãy thử lại, và báo cho kỹ thuật viên nếu còn lặp lại."
    en = "The software failed and could not do this. Try again, and tell a technician if it happens again."
    return answer(Internal("internal", vi, en))


def install(app: FastAPI) -> None:
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(OSError, on_os_error)
    app.add_exception_handler(Exception, on_bug)
    app.openapi_tags = [
        {"name": "people", "description": "For officers and technicians: log in, then `Authorization: Bearer`."},
        {"name": "receivers", "description": "For receivers; docs/protocol.md is normative."},
        {"name": "health", "description": "For whoever watches the server."},
    ]
