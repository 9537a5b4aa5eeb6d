"""The pages of docs/ that list what the code holds. `python -m tests.house.pages` writes them anew."""

import sys
from collections import defaultdict
from collections.abc import Callable

from pydantic_core import PydanticUndefined

from server.settings import Settings
from tests.house.problems import refusals
from tests.house.repository import ROOT
from tests.house.requirements import proofs, requirements

MADE = "<!-- Written by `make docs`; a test compares it with the code. -->"


def settings() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = (
            field.default if field.default is not PydanticUndefined else field.get_default(call_default_factory=True)
        )
        shown = "empty" if default in ("", None, [], ()) else f"`{default}`"
        rows.append(f"| `LOA_{name.upper()}` | {shown} | {field.description} |")
    return _page(
        "Settings of the server",
        "From the environment. A name or a value that is not right is refused at the start with a sentence. Lists are "
        "written as JSON.",
        "| variable | default | what it is |\n|---|---|---|",
        rows,
    )


def problems() -> str:
    rows = [
        f"| `{one.slug}` | {'any' if '…' in one.slug else one.status} | {_cell(one.sentence)} |" for one in refusals()
    ]
    return _page(
        "Problems",
        "What the API refuses, as RFC 9457 problems. Programs decide by the slug, which stays; people read the "
        "sentence, which every answer carries in Vietnamese (`detail`) and English (`detail_en`). “…” stands for what "
        "differs.",
        "| slug | status | sentence |\n|---|---|---|",
        rows,
    )


def requirement_states() -> str:
    by_number: defaultdict[str, list[str]] = defaultdict(list)
    for proof in proofs():
        by_number[proof.number].append(proof.test.removeprefix("tests/"))
    rows = []
    for one in requirements():
        tests = by_number[one.number]
        state = "open" if not tests else f"in part: {one.lacks}" if one.lacks else "tested"
        listed = "<br>".join(f"`{test}`" for test in tests)
        rows.append(f"| {one.number} | {_cell(one.text)} | {one.basis} | {_cell(state)} | {listed} |")
    return _page(
        "Requirements and their tests",
        "What Vietnamese regulation and practice ask of a commune's station, in our words, and the tests that carry "
        "each number (`@pytest.mark.req`). *Open* has no test yet; *in part* says what is not there. The source of the "
        "texts is requirements.toml.",
        "| number | what is asked | basis | state | tests |\n|---|---|---|---|---|",
        rows,
    )


PAGES: dict[str, Callable[[], str]] = {
    "docs/settings.md": settings,
    "docs/problems.md": problems,
    "docs/requirements.md": requirement_states,
}


def _page(title: str, introduction: str, head: str, rows: list[str]) -> str:
    return "\n".join([f"# {title}", "", MADE, "", introduction, "", head, *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    for name, render in PAGES.items():
        (ROOT / name).write_text(render(), encoding="utf-8")
        print(f"{name} is written", file=sys.stderr)


if __name__ == "__main__":
    main()
