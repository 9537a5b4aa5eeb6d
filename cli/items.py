"""`loa items list|upload`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from cli import names, screen, words
from cli.answers import Item, Items, Loudness, Version
from cli.errors import Failure, Misuse
from cli.sending import Sending
from cli.server import Server, connected, understood
from protocol.language_names import name_of, tag_of
from protocol.units import LanguageTag

app = typer.Typer(no_args_is_help=True, help="Tin bài · items.")
AsJson = Annotated[bool, typer.Option("--json", help="Cho chương trình · for programs.")]
_TAG: TypeAdapter[str] = TypeAdapter(LanguageTag)


@app.command("list")
def list_items(as_json: AsJson = False) -> None:
    """Danh sách tin bài · Every item with its versions."""
    with connected() as server:
        answer = server.get("/items")
    if as_json:
        screen.show_json(answer)
        return
    rows = [
        (found.id, found.title, name_of(found.original_language), _versions(found))
        for found in understood(Items, answer).items
    ]
    screen.show(("Mã", "Tin bài", "Tiếng gốc", "Các bản"), rows, empty="Chưa có tin bài nào. / No items yet.")


@app.command()
def upload(
    audio: Annotated[list[Path], typer.Argument(metavar="AUDIO…", help="Mỗi tiếng một tệp · one file a language.")],
    title: Annotated[str | None, typer.Option(help="Tên tin bài · of the new item.")] = None,
    item: Annotated[str | None, typer.Option(help="Thêm vào tin bài đã có · add to this one (code or title).")] = None,
    lang: Annotated[
        list[str] | None, typer.Option(help="Tiếng của từng tệp, theo thứ tự · else read from the file names.")
    ] = None,
    original: Annotated[str | None, typer.Option(help="Tiếng gốc · default Vietnamese, else the first.")] = None,
    summary: Annotated[str, typer.Option(help="Tóm tắt · summary.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tải lên · Upload an item's versions; each is prepared and measured by the server."""
    if (title is None) == (item is None):
        raise Misuse("Cần --title (tin bài mới) hoặc --item (đã có).", "Give either --title (new) or --item.")
    files = dict(zip(_languages(audio, lang or []), audio, strict=True))
    first = _tag(original) if original else "vi" if "vi" in files else next(iter(files))
    with connected() as server:
        if title is not None:
            body = {"title": title, "original_language": first, "summary": summary}
            found = understood(Item, server.post("/items", body))
        else:
            found = names.item(server, item or "")
        refused = _send(server, found, files, quiet=as_json)
        answer = server.get(f"/items/{found.id}")
    if as_json:
        screen.show_json(answer)
    else:
        screen.say(f"Tin bài / item: {found.title} ({found.id})")
    if refused:
        count = f"{len(refused)}/{len(files)}"
        raise Failure(
            f"{count} bản bị từ chối. Sửa tệp rồi thêm vào: loa items upload TỆP --item {found.id}",
            f"{count} versions refused. Mend the file and add it: loa items upload FILE --item {found.id}",
        )


def _languages(files: list[Path], said: list[str]) -> list[str]:
    """The tag of each file. Raises Misuse before anything was sent."""
    for file in files:
        if not file.is_file():
            raise Misuse(f"Không có tệp {file}.", f"There is no file {file}.")
    if said and len(said) != len(files):
        raise Misuse(
            f"Có {len(files)} tệp nhưng {len(said)} --lang: cần mỗi tệp một.",
            f"{len(files)} files and {len(said)} --lang: one for each file is needed.",
        )
    tags = [_tag(language) for language in said] or [_tag_of_file(file) for file in files]
    if twice := next((tag for tag in tags if tags.count(tag) > 1), None):
        raise Misuse(
            f"Hai tệp cùng là bản {name_of(twice)}.", f"Two files are in the same language ({name_of(twice)})."
        )
    return tags


def _tag(language: str) -> str:
    """What `--lang` means: a name, or any BCP 47 tag. Raises Misuse."""
    try:
        return tag_of(language) or _TAG.validate_python(language)
    except ValidationError as error:
        raise Misuse(f"Không biết tiếng “{language}”.", f"“{language}” is no language that is known here.") from error


def _tag_of_file(file: Path) -> str:
    if tag := tag_of(file.stem):
        return tag
    raise Misuse(
        f"Không biết {file.name} là tiếng gì: đặt tên tệp như tieng-mong.mp3, hoặc thêm --lang.",
        f"Which language is {file.name} in? Name the file like tieng-mong.mp3, or add --lang.",
    )


def _send(server: Server, item: Item, files: dict[str, Path], *, quiet: bool) -> list[Failure]:
    """Each file in turn; one that is refused does not keep the others back."""
    refused = []
    for tag, file in files.items():
        try:
            with Sending(file, label=name_of(tag), quiet=quiet) as sending:
                fields = {"language": tag}
                answer = server.upload(f"/items/{item.id}/versions", fields=fields, name=file.name, file=sending)
            version = understood(Version, answer)
            if not quiet:
                screen.say(f"  {name_of(tag)}: {_length(version)}, {measured(version)}")
        except Failure as error:
            screen.complain(f"  {name_of(tag)} ({file.name}): {error.vi}", f"  {error.en}")
            refused.append(error)
    return refused


def measured(version: Version) -> str:
    """Loudness and true peak as uploaded and as it will sound."""
    warned = f" · {'; '.join(version.warnings)}" if version.warnings else ""
    return f"{_loudness(version.before)} → {_loudness(version.after)}{warned}"


def _loudness(report: Loudness) -> str:
    def figure(value: Any, unit: str) -> str:  # noqa: ANN401 -- A number, or nothing measured.
        return "—" if value is None else f"{value:.1f} {unit}"

    return f"{figure(report.integrated_lufs, 'LUFS')} / {figure(report.true_peak_dbtp, 'dBTP')}"


def _versions(item: Item) -> str:
    return ", ".join(f"{name_of(version.language)} {_length(version)}" for version in item.versions)


def _length(version: Version) -> str:
    return words.length(version.asset.samples)
