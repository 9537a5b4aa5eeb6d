"""The little of a Dockerfile's language that ours uses, read into values. What it does not know it refuses."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Step:
    """One instruction: its word, its options (`--from=…`) and what follows."""

    word: str
    options: dict[str, str]
    rest: str

    def words(self) -> list[str]:
        """An exec form (JSON) or words as a shell would split them."""
        if self.rest.startswith("["):
            return [str(word) for word in json.loads(self.rest)]
        return shlex.split(self.rest)


@dataclass
class Stage:
    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> Step:
        """The one that counts. Raises StopIteration where there is none."""
        return next(step for step in reversed(self.steps) if step.word == word)


KNOWN = {"RUN", "COPY", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def read(path: Path) -> dict[str, Stage]:
    """Stages by name, in order. Raises ValueError for what is not known here."""
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for line in _lines(path.read_text()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stage = stages[name] = Stage(name=name, base=base)
        elif word in KNOWN and stage is not None:
            stage.steps.append(_step(word, rest.strip()))
        else:
            raise ValueError(f"unknown instruction: {line}")
    return stages


def _lines(text: str) -> list[str]:
    joined = re.sub(r"\\\n", "", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def _step(word: str, rest: str) -> Step:
    options = {}
    while word != "RUN" and (found := re.match(r"--(\S+?)=(\S+)\s+", rest)):
        options[found[1]] = found[2]
        rest = rest[found.end() :]
    return Step(word, options, rest)
