"""`python -m audio_pipeline`: exit status 0 done, 1 refused (one sentence on standard error), 2 usage."""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from audio_pipeline import commands
from audio_pipeline.errors import AudioRefused
from audio_pipeline.profiles import PROFILES


def parser() -> argparse.ArgumentParser:
    """The whole command line; docs/audio.md lists it and a test compares the two."""
    top = argparse.ArgumentParser(prog="python -m audio_pipeline", description="Sound in, broadcast-ready sound out.")
    nouns = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    measure = _command(nouns, "measure", "loudness, peaks and what is wrong with a recording", commands.measure)
    measure.add_argument("file", type=Path, metavar="FILE")

    prepare = _command(nouns, "prepare", "make the finished asset of a recording", commands.prepare)
    prepare.add_argument("source", type=Path, metavar="IN")
    prepare.add_argument("target", type=Path, metavar="OUT")
    prepare.add_argument("--profile", choices=sorted(PROFILES), default="horn", metavar="NAME")
    prepare.add_argument("--lang", metavar="TAG", help="BCP 47 tag, written into the file")
    prepare.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE", help="another tag for the file")

    judge = _command(nouns, "judge", "the quality gate: is it worth putting on air?", commands.judge)
    judge.add_argument("file", type=Path, metavar="FILE")
    judge.add_argument("--asset", type=Path, metavar="OPUS", help="also score what is understood of this asset")
    judge.add_argument("--shortest-s", type=float, metavar="SECONDS")
    judge.add_argument("--longest-s", type=float, metavar="SECONDS")
    judge.add_argument("--music", action="store_true", help="no speech is expected")

    speak = _command(nouns, "speak", "speak a text into a WAV file", commands.speak)
    speak.add_argument("text", metavar="TEXT")
    speak.add_argument("target", type=Path, metavar="OUT")
    speak.add_argument("--lang", metavar="TAG", default="vi")

    montage = _command(nouns, "montage", "a bulletin from its parts", commands.montage)
    montage.add_argument("spec", type=Path, metavar="SPEC.json")
    montage.add_argument("target", type=Path, metavar="OUT")

    tones = _command(nouns, "tones", "list the tones, or write one", commands.tones)
    tones.add_argument("name", nargs="?", metavar="NAME")
    tones.add_argument("target", nargs="?", type=Path, metavar="OUT")
    tones.add_argument("--seconds", type=float)

    report = _command(nouns, "report", "before and after in one picture", commands.report)
    report.add_argument("before", type=Path, metavar="BEFORE")
    report.add_argument("after", type=Path, metavar="AFTER")
    report.add_argument("target", type=Path, metavar="OUT.png")
    report.add_argument("--profile", choices=sorted(PROFILES), default="horn", metavar="NAME")

    waveform = _command(nouns, "waveform", "peaks to draw a recording with", commands.waveform)
    waveform.add_argument("file", type=Path, metavar="FILE")
    waveform.add_argument("--columns", type=int, default=1000)

    _command(nouns, "profiles", "what a finished asset can be", commands.profiles)
    return top


def _command(
    nouns: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str, run: commands.Command
) -> argparse.ArgumentParser:
    command = nouns.add_parser(name, help=about, description=about)
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument("--progress-lines", action="store_true", help="print progress as lines on standard error")
    command.add_argument("--memory-bytes", type=int, default=0, help="limit of this process's address space")
    command.add_argument("--cpu-seconds", type=int, default=0, help="limit of this process's processor time")
    return command


def _progress(arguments: argparse.Namespace) -> Callable[[float], None]:
    if arguments.progress_lines:
        return lambda share: _write(sys.stderr, f"progress {share:.3f}\n")
    if sys.stderr.isatty() and not arguments.json:
        return lambda share: _write(sys.stderr, f"\r[{'#' * round(40 * share):<40}] {share:4.0%}")
    return lambda _share: None


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()


def _limit(arguments: argparse.Namespace) -> None:
    if arguments.memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (arguments.memory_bytes, arguments.memory_bytes))
    if arguments.cpu_seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (arguments.cpu_seconds, arguments.cpu_seconds + 5))


def _plain(figures: dict[str, object], indent: str = "") -> str:
    lines = []
    for key, value in figures.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{key}\n{_plain(value, indent + '  ')}")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
            lines.append(f"{indent}{key:<{28 - len(indent)}}{'-' if shown in (None, '') else shown}\n")
    return "".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    _limit(arguments)
    try:
        figures = arguments.run(arguments, _progress(arguments))
    except AudioRefused as refusal:
        if arguments.json:
            said = {key: getattr(refusal, key) for key in ("slug", "detail", "figures", "sentence_vi", "sentence_en")}
            _write(sys.stdout, json.dumps({"refused": said}, ensure_ascii=False) + "\n")
        _write(sys.stderr, f"{refusal.sentence_vi} / {refusal.sentence_en}\n")
        return 1
    _write(sys.stdout, json.dumps(figures, ensure_ascii=False) + "\n" if arguments.json else _plain(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
