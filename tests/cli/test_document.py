"""docs/cli.md lists every command with every option, and nothing that is not there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from cli.main import app

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"


def commands(found: Any, name: str) -> Iterator[tuple[str, list[str]]]:
    if inside := getattr(found, "commands", None):
        for word, command in inside.items():
            yield from commands(command, f"{name} {word}")
    else:
        options = [option for parameter in found.params for option in parameter.opts if option.startswith("--")]
        yield name, [option for option in options if option != "--help"]


def test_every_command_and_option_stands_in_the_document_and_no_other() -> None:
    rows = re.findall(r"^\| `(loa [\w ]+)` \| (.*?) \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {name: sorted(re.findall(r"`(--[\w-]+)`", options)) for name, options in rows}
    real = {name: sorted(options) for name, options in commands(typer.main.get_command(app), "loa")}
    assert listed == real
