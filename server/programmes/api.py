"""`/api/v1/items`: items, and the upload of their versions."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile

from protocol.messages import Asset
from protocol.units import LanguageTag
from server.db.base import new_id
from server.errors import Invalid
from server.media.intake import take_in
from server.programmes import store
from server.programmes.models import Item, ItemVersion
from server.schedule import publication
from server.schedule.use_cases import overlap_sentences
from server.web.context import Now, Parts, Person, Reading, Writing

router = APIRouter(prefix="/api/v1", tags=["people"])
LANGUAGE: TypeAdapter[str] = TypeAdapter(LanguageTag)


class NewItem(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200, examples=["Giảm nghèo bền vững"])
    original_language: LanguageTag = Field("vi", description="What clusters play whose languages are missing.")
    summary: str = Field("", max_length=2000)


class VersionOut(BaseModel):
    language: str
    file_name: str
    original_sha256: str
    asset: Asset
    before: dict[str, Any] = Field(description="Measured as uploaded: `integrated_lufs`, `true_peak_dbtp`, …")
    after: dict[str, Any] = Field(description="Measured on the decoded asset.")
    gain_db: float
    warnings: list[str]
    overlaps: list[str] = Field(
        default_factory=list, description="Broadcasts of this week that now reach into one another; said at the upload."
    )


class ItemOut(NewItem):
    id: str
    created: datetime
    versions: list[VersionOut]


class Items(BaseModel):
    items: list[ItemOut]


def version_out(row: ItemVersion) -> VersionOut:
    return VersionOut(
        language=row.language,
        file_name=row.file_name,
        original_sha256=row.original_sha256,
        asset=Asset(sha256=row.asset_sha256, bytes=row.asset_bytes, samples=row.asset_samples),
        before=row.report["before"],
        after=row.report["after"],
        gain_db=row.report["gain_db"],
        warnings=row.report["warnings"],
    )


def item_out(row: Item, versions: list[ItemVersion]) -> ItemOut:
    return ItemOut(
        id=row.id,
        title=row.title,
        summary=row.summary,
        original_language=row.original_language,
        created=row.created,
        versions=[version_out(version) for version in versions],
    )


@router.get("/items", summary="The newest items")
async def list_items(session: Reading, _: Person) -> Items:
    rows = await store.items(session)
    versions = await store.versions(session, [row.id for row in rows])
    return Items(items=[item_out(row, versions.get(row.id, [])) for row in rows])


@router.get("/items/{identifier}", summary="One item")
async def show_item(identifier: str, session: Reading, _: Person) -> ItemOut:
    row = await store.item(session, identifier)
    return item_out(row, (await store.versions(session, [row.id])).get(row.id, []))


@router.post("/items", status_code=201, summary="Add an item")
async def add_item(body: NewItem, session: Writing, now: Now, _: Person) -> ItemOut:
    row = Item(id=new_id("i"), created=now, **body.model_dump())
    session.add(row)
    return item_out(row, [])


UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["language", "file"],
                    "properties": {
                        "language": {"type": "string", "description": "BCP 47 tag.", "examples": ["hmn"]},
                        "file": {"type": "string", "format": "binary", "description": "Any format FFmpeg reads."},
                    },
                }
            }
        },
    }
}


@router.post(
    "/items/{identifier}/versions",
    status_code=201,
    summary="Upload a version in one language",
    openapi_extra=UPLOAD,
)
async def add_version(identifier: str, request: Request, parts: Parts, _: Person) -> VersionOut:
    """Any format that FFmpeg reads. The answer comes when the asset is made; a refusal leaves nothing behind.

    A version of the same language is replaced. The form is read only after it is known who sends it, and the
    recording is prepared outside of any transaction.
    """
    async with parts.reading() as reading:
        item = await store.item(reading, identifier)
    async with request.form(max_files=1, max_fields=1) as form:
        language, file = _checked(form)
        taken = await take_in(
            file,
            parts.content,
            max_bytes=parts.settings.max_upload_bytes,
            tags={"TITLE": item.title, "LANGUAGE": language},
        )
    now = parts.clock.now()
    async with parts.work() as session:
        row = await store.version(session, identifier, language) or ItemVersion(id=new_id("v"), item_id=identifier)
        row.language, row.file_name, row.created = language, (file.filename or "")[:255], now
        row.original_sha256, row.asset_sha256 = taken.original_sha256, taken.asset_sha256
        row.asset_bytes, row.asset_samples = taken.prepared.bytes, taken.prepared.samples
        row.report = taken.report()
        session.add(row)
        await session.flush()
        found = await publication.compile_stations_of_item(session, parts, identifier, now=now)
    parts.outbox_nudge.set()
    overlaps = [
        f"{station.name}: {overlap_sentences(later, zone=ZoneInfo(station.time_zone))[0]}"
        for station, (_, later) in found
    ]
    return version_out(row).model_copy(update={"overlaps": overlaps})


def _checked(form: FormData) -> tuple[str, UploadFile]:
    """The two fields of the upload. Raises Invalid."""
    file = form.get("file")
    try:
        language = LANGUAGE.validate_python(form.get("language"))
    except ValidationError as error:
        raise Invalid(
            "language-missing",
            "Hãy cho biết bản ghi này bằng tiếng gì.",
            "Say which language the recording is in (a BCP 47 tag in the field `language`).",
        ) from error
    if not isinstance(file, UploadFile):
        raise Invalid("file-missing", "Hãy chọn tệp âm thanh.", "Choose a recording (the field `file`).")
    return language, file
