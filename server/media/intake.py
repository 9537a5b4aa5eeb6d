"""Intake: an officer's file becomes an original that is kept and an asset that can be broadcast.

Everything happens in a workspace on the store's own disk; a refusal, a full disk or a killed server leaves nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile

from audio_pipeline.errors import AudioRefused
from audio_pipeline.prepare import Prepared
from audio_pipeline.sandbox import prepare_in_child
from server.errors import Invalid
from server.media.content import CHUNK_BYTES, ContentFolder
from server.web.limits import too_large


@dataclass(frozen=True, slots=True)
class Intaken:
    original_sha256: str
    asset_sha256: str
    prepared: Prepared

    def report(self) -> dict[str, Any]:
        return asdict(self.prepared)


async def take_in(upload: UploadFile, content: ContentFolder, *, max_bytes: int, tags: dict[str, str]) -> Intaken:
    """Raises TooLarge or Invalid (with the pipeline's slug and sentence)."""
    with content.workspace() as folder:
        original, asset = folder / "original", folder / "asset.opus"
        await _save(upload, original, max_bytes=max_bytes)
        try:
            prepared = await prepare_in_child(original, asset, profile_name="horn", tags=tags)
        except AudioRefused as refusal:
            raise Invalid(refusal.slug, refusal.sentence_vi, refusal.sentence_en) from refusal
        kept = await asyncio.to_thread(content.put_file, original)
        return Intaken(kept, await asyncio.to_thread(content.put_file, asset), prepared)


async def _save(upload: UploadFile, file: Path, *, max_bytes: int) -> None:
    size = 0
    with file.open("wb") as target:
        async for chunk in _chunks(upload):
            size += len(chunk)
            if size > max_bytes:
                raise too_large(max_bytes)
            await asyncio.to_thread(target.write, chunk)


async def _chunks(upload: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await upload.read(CHUNK_BYTES):
        yield chunk
