"""A Dockerfile carried out without a container engine: each stage a folder, each RUN line in it as its root."""

import glob
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy import bare_root
from tests.deploy.dockerfile import Stage, Step
from tests.house.repository import ROOT, files

USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENTER = """
mount -t proc proc "$1/proc"
root=$1 user=$2 folder=$3
shift 3
exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$1" && shift && exec "$@"' enter "$folder" "$@"
"""
"""In a mount namespace of its own, so that nothing stays mounted however the command ends."""


@dataclass
class Image:
    """A finished stage."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": USUAL_PATH})
    user: str = "0:0"
    folder: str = "/"

    def command(self, words: Sequence[str]) -> list[str]:
        """How to run `words` as a container of this image would."""
        return ["unshare", "--mount", "sh", "-ec", ENTER, "enter", str(self.root), self.user, self.folder, *words]

    def run(self, words: Sequence[str], more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(words),
            env=self.environment | dict(more or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@dataclass
class Builder:
    stages: dict[str, Stage]
    folder: Path
    made: dict[str, Image] = field(default_factory=dict)

    def image(self, name: str) -> Image:
        """Of the stage `name`, made once with everything that it stands on."""
        if name not in self.made:
            self.made[name] = self._base() if name not in self.stages else self._build(self.stages[name])
        return self.made[name]

    def _base(self) -> Image:
        root = self.folder / "debian"
        bare_root.make(root)
        return Image(root)

    def _build(self, stage: Stage) -> Image:
        below = self.image(stage.base)
        root = self.folder / stage.name
        subprocess.run(["cp", "--archive", "--reflink=auto", str(below.root), str(root)], check=True)
        image = Image(root, dict(below.environment), below.user, below.folder)
        bare_root.lend(root)
        for step in stage.steps:
            self._carry_out(step, image)
        bare_root.take_back(root)
        return image

    def _carry_out(self, step: Step, image: Image) -> None:
        match step.word:
            case "RUN":
                done = image.run(["/bin/sh", "-c", step.rest], bare_root.environment())
                assert done.returncode == 0, f"RUN {step.rest}\n{done.stdout[-4000:]}"
            case "COPY":
                self._copy(step, image)
            case "ENV":
                image.environment |= dict(word.partition("=")[::2] for word in step.words())
            case "USER":
                name, _, group = step.rest.partition(":")
                image.user = f"{name}:{group}"
            case "WORKDIR":
                image.folder = step.rest
                (image.root / step.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _copy(self, step: Step, image: Image) -> None:
        *sources, target = step.words()
        into = (
            image.root / target.lstrip("/")
            if target.startswith("/")
            else image.root / image.folder.lstrip("/") / target
        )
        origin = self.image(step.options["from"]).root if "from" in step.options else self._context()
        for source in sources:
            found = [Path(one) for one in glob.glob(str(origin / source.lstrip("/")))]  # noqa: PTH207 -- An absolute pattern.
            assert found, f"COPY {source}: not in the context"
            for one in found:
                _put(one, into, as_folder=target.endswith(("/", ".")))

    def _context(self) -> Path:
        """The repository's files that .dockerignore lets through."""
        folder = self.folder / "context"
        allowed = [
            line[1:].strip() for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
        ]
        if not folder.exists():
            for path in files():
                if any(path.match(one) or str(path).startswith(one) for one in allowed):
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(ROOT / path, folder / path)
        return folder


def _put(source: Path, into: Path, *, as_folder: bool) -> None:
    """COPY's own rule: a folder's contents, or a file into a folder or as one."""
    if source.is_dir():
        subprocess.run(["cp", "--archive", f"{source}{os.sep}.", str(_made(into))], check=True)
    else:
        shutil.copy2(source, _made(into) if as_folder else into)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
