"""docs/performance.md from the lines of the benchmarks: `make figures` measures, keeps the lines, writes the page."""

import json
import sys
from pathlib import Path

from bench.figures import held

DOCS = Path(__file__).parents[1] / "docs"
FAMILIES = {
    "audio": "Intake: from an upload to an asset",
    "server": "Server",
    "receiver": "Receiver",
}
HEAD = """# Figures

Every figure is measured by a benchmark that runs its rival in the same run; machines are noisy, so the ratio says more
than the seconds. `make bench-NAME` prints a family's lines, `make figures` measures all and writes this page. A figure
that was not reached stands here as it is.

The audio pipeline's figures stand in [performance-audio.md](performance-audio.md).

Measured on two cores of a shared virtual machine (x86-64, Debian 12, Python 3.11), everything on loopback.
"""


def row(line: str) -> str:
    figure = json.loads(line)
    bound = figure["bound"]
    verdict = "" if not bound else "kept" if held(figure["value"], bound) else "**not reached**"
    rival = f"{figure['rival']}: {figure['rival_value']:g}" if figure["rival_value"] is not None else figure["rival"]
    ratio = f"{figure['ratio']:g}" if figure["ratio"] is not None else ""
    value = f"{figure['value']:g} {figure['unit']}"
    return f"| {figure['figure']} | {value} | {bound} | {verdict} | {rival} | {ratio} | {figure['runs']} |"


def page(figures: Path) -> str:
    parts = [HEAD]
    for name, title in FAMILIES.items():
        file = figures / f"{name}.jsonl"
        if not file.exists():
            continue
        parts += [f"\n## {title}\n\n`make bench-{name}`\n"]
        parts += ["| figure | ours | bound | | rival | ours / rival | runs |", "|---|---|---|---|---|---|---|"]
        parts += [row(line) for line in file.read_text().splitlines() if line.strip()]
        parts += [""]
    return "\n".join(parts)


if __name__ == "__main__":
    (DOCS / "performance.md").write_text(page(DOCS / "figures"))
    sys.stderr.write("docs/performance.md is written\n")
