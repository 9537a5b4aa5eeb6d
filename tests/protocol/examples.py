"""The fenced examples of docs/protocol.md: they are the golden files."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
FENCE = re.compile(r"^```(\w+) ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    language: str
    """`json`, `jws`, `base64` or `text`."""
    name: str
    text: str

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.text))

    @property
    def token(self) -> str:
        """A compact form without the line breaks of print."""
        return "".join(self.text.split())


def examples(text: str) -> list[Example]:
    return [Example(*match.groups()) for match in FENCE.finditer(text)]


ALL = examples(DOCUMENT.read_text(encoding="utf-8"))


def of(language: str, name: str) -> Example:
    """The one example of that kind."""
    (found,) = (example for example in ALL if (example.language, example.name) == (language, name))
    return found


def published_key(name: str) -> OKPKey:
    return OKPKey.import_key({k: str(v) for k, v in of("json", f"published-test-key={name}").json.items()})
