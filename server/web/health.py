"""`/healthz`: whether the server can do its work."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy import text

from server.errors import Problem
from server.web.context import Parts

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str = Field(description="`ok`, or `failing` with a 503.")
    database: bool
    broker: bool = Field(description="Whether the link to the broker stands.")


@router.get("/healthz", summary="Whether the server can do its work")
async def healthz(parts: Parts, response: Response) -> Health:
    try:
        async with parts.reading() as session:
            await session.execute(text("SELECT 1"))
        database = True
    except (Problem, OSError):
        database = False
    broker = parts.bus_linked.is_set()
    response.status_code = 200 if database and broker else 503
    return Health(status="ok" if database and broker else "failing", database=database, broker=broker)
