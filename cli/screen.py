"""Where commands print: tables for people, JSON for programs, errors as sentences."""

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.words import plain

NARROWEST = 180
"""Columns of a table where standard output is no terminal: a file or a pipe has room."""


def console() -> Console:
    out = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not out.is_terminal and out.width < NARROWEST:
        out.width = NARROWEST
    return out


def table(*headings: str) -> Table:
    made = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        made.add_column(heading)
    return made


def row(made: Table, *cells: str) -> None:
    """Cells are text and never markup, whatever a name holds."""
    made.add_row(*(Text(plain(cell)) for cell in cells))


def show(headings: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    if not rows:
        console().print(empty)
        return
    made = table(*headings)
    for cells in rows:
        row(made, *cells)
    console().print(made)


def say(*lines: str) -> None:
    for line in lines:
        console().print(plain(line), soft_wrap=True)


def show_json(value: Any) -> None:  # noqa: ANN401 -- JSON.
    print(json.dumps(value, ensure_ascii=False, indent=2))  # noqa: T201 -- Standard output is where programs read.


def complain(vi: str, en: str) -> None:
    """On standard error; a sentence may have lines of its own (a list to choose from)."""
    err = Console(stderr=True, highlight=False, markup=False, emoji=False)
    for sentence in dict.fromkeys((vi, en)):
        for line in sentence.split("\n"):
            err.print(plain(line), soft_wrap=True)
