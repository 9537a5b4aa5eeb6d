"""Every refusal that the server's code can raise, found by reading the code: its slug, status and English sentence."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from audio_pipeline.errors import AudioRefused
from tests.house.repository import ROOT, files

FAMILY = "Problem"


@dataclass(frozen=True, order=True)
class Refusal:
    slug: str
    status: int
    sentence: str


@dataclass
class Code:
    """What of the server's source makes problems."""

    trees: list[ast.Module]
    statuses: dict[str, int] = field(default_factory=dict)
    """By the name of a class, or of a function that hands its own slug on to one."""


def refusals() -> list[Refusal]:
    code = Code([ast.parse((ROOT / path).read_text()) for path in files() if _is_server(path.parts)])
    _learn_classes(code)
    _learn_functions(code)
    found = {one for tree in code.trees for one in _raised(tree, code)}
    return sorted(found | {Refusal(kind.slug, 422, _plain(kind.en)) for kind in _audio()})


def _audio() -> list[type[AudioRefused]]:
    """The pipeline's own family, which an upload passes on."""
    return [AudioRefused, *AudioRefused.__subclasses__()]


def _is_server(parts: tuple[str, ...]) -> bool:
    return parts[0] == "server" and parts[-1].endswith(".py") and "migrations" not in parts


def _learn_classes(code: Code) -> None:
    """Subclasses may stand before or in other files than their bases: look until nothing new is found."""
    code.statuses[FAMILY] = 400
    classes = [node for tree in code.trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known = 0
    while known != len(code.statuses):
        known = len(code.statuses)
        for one in classes:
            bases = [base.id for base in one.bases if isinstance(base, ast.Name) and base.id in code.statuses]
            if bases:
                code.statuses.setdefault(one.name, _own_status(one) or code.statuses[bases[0]])


def _own_status(one: ast.ClassDef) -> int | None:
    for line in one.body:
        match line:
            case ast.Assign(targets=[ast.Name(id="status")], value=ast.Constant(value=int() as number)):
                return number
    return None


def _learn_functions(code: Code) -> None:
    for tree in code.trees:
        for function in _functions(tree):
            parameters = {argument.arg for argument in function.args.args}
            for call in _calls(function, code):
                if isinstance(call.args[0], ast.Name) and call.args[0].id in parameters:
                    code.statuses[function.name] = code.statuses[_name(call)]


def _raised(tree: ast.Module, code: Code) -> Iterator[Refusal]:
    for function in _functions(tree):
        said = dict(_assignments(function))
        for call in _calls(function, code):
            slug = call.args[0]
            if isinstance(slug, ast.Name | ast.Attribute):
                continue  # Handed on: seen where it is made.
            sentence = call.args[2]
            if isinstance(sentence, ast.Name):
                sentence = said[sentence.id]
            yield Refusal(_text(slug), code.statuses[_name(call)], _text(sentence))


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _calls(tree: ast.AST, code: Code) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in code.statuses and len(node.args) >= 3:
            yield node


def _name(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _assignments(function: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                yield from ((n.id, v) for n, v in zip(names, values, strict=True) if isinstance(n, ast.Name))


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) if isinstance(part, ast.Constant) else "…" for part in parts)
    raise AssertionError(f"line {node.lineno}: a problem's texts are to be written where it is made")


def _plain(template: str) -> str:
    words = template.split("{")
    return words[0] + "".join(f"…{word.partition('}')[2]}" for word in words[1:])
