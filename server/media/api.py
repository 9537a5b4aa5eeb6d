"""`GET /api/assets/{sha256}`: content by its hash, for receivers."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse

from server.errors import not_found
from server.web.context import Parts, Receiver

router = APIRouter(prefix="/api", tags=["receivers"])


@router.get("/assets/{sha256}", summary="Content by its hash; Range is honoured", response_class=FileResponse)
async def asset(sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], parts: Parts, _: Receiver) -> FileResponse:
    file = parts.content.path(sha256)
    if file is None:
        raise not_found("tệp", "asset", sha256)
    headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, max-age=31536000, immutable"}
    return FileResponse(file, media_type="application/octet-stream", headers=headers)
