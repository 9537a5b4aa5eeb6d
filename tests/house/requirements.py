"""Which test proves which requirement, found by its `@pytest.mark.req("REQ-nn")`."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house.repository import ROOT, files, read


@dataclass(frozen=True)
class Requirement:
    number: str
    text: str
    basis: str
    lacks: str = ""
    """What of it is not there yet though a test carries its number."""


@dataclass(frozen=True)
class Proof:
    number: str
    test: str
    """As pytest names it."""


def requirements() -> list[Requirement]:
    return [Requirement(number, **one) for number, one in tomllib.loads(read("docs/requirements.toml")).items()]


def proofs() -> list[Proof]:
    return [proof for path in files() if path.match("tests/*/test_*.py") for proof in _in_file(path)]


def _in_file(path: Path) -> Iterator[Proof]:
    tree = ast.parse((ROOT / path).read_text())
    of_module = [number for node in tree.body for number in _module_marks(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            marks = [number for decorator in node.decorator_list for number in _marks(decorator)]
            yield from (Proof(number, f"{path}::{node.name}") for number in [*of_module, *marks])


def _module_marks(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
            yield from _marks(value)


def _marks(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        match call:
            case ast.Call(func=ast.Attribute(attr="req"), args=[*numbers]):
                yield from (str(number.value) for number in numbers if isinstance(number, ast.Constant))
