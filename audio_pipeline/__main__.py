"""`python -m audio_pipeline`: exit status 0 done, 1 refused (one sentence on standard error), 2 usage."""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from audio_pipeline.errors import AudioRefused
from audio_pipeline.profiles import PROFILES

Progress = Callable[[float], None]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audio_pipeline", description="Sound in, broadcast-ready sound out."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    measure = commands.add_parser("measure", help="loudness, peaks and what is wrong with a recording")
    measure.add_argument("file", type=Path)
    measure.set_defaults(run=_measure)

    prepare = commands.add_parser("prepare", help="make the finished asset of a recording")
    prepare.add_argument("source", type=Path, metavar="IN")
    prepare.add_argument("target", type=Path, metavar="OUT")
    prepare.add_argument("--profile", choices=sorted(PROFILES), default="horn")
    prepare.add_argument("--lang", metavar="TAG", help="BCP 47 tag, written into the file")
    prepare.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE", help="another tag for the file")
    prepare.set_defaults(run=_prepare)

    speak = commands.add_parser("speak", help="speak a text into a WAV file")
    speak.add_argument("text")
    speak.add_argument("target", type=Path, metavar="OUT")
    speak.add_argument("--lang", metavar="TAG", default="vi")
    speak.set_defaults(run=_speak)

    profiles = commands.add_parser("profiles", help="what a finished asset can be")
    profiles.set_defaults(run=_profiles)

    for command in (measure, prepare, speak, profiles):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--progress-lines", action="store_true", help="print progress as lines on standard error")
        command.add_argument("--memory-bytes", type=int, default=0, help="limit of this process's address space")
        command.add_argument("--cpu-seconds", type=int, default=0, help="limit of this process's processor time")
    return parser


def _measure(arguments: argparse.Namespace, progress: Progress) -> dict[str, object]:
    from audio_pipeline.measure import measure  # noqa: PLC0415 - PyAV takes a quarter of a second to load.

    return measure(arguments.file, progress=progress).as_dict()


def _prepare(arguments: argparse.Namespace, progress: Progress) -> dict[str, object]:
    from audio_pipeline.prepare import prepare  # noqa: PLC0415 - See above.

    tags = dict(pair.split("=", 1) for pair in arguments.tag if "=" in pair)
    if arguments.lang:
        tags["language"] = arguments.lang
    profile = PROFILES[arguments.profile]
    return prepare(arguments.source, arguments.target, profile=profile, tags=tags, progress=progress).as_dict()


def _speak(arguments: argparse.Namespace, _progress: Progress) -> dict[str, object]:
    from audio_pipeline.speech import speak  # noqa: PLC0415 - See above.

    return asdict(speak(arguments.text, arguments.target, language=arguments.lang))


def _profiles(_arguments: argparse.Namespace, _progress: Progress) -> dict[str, object]:
    return {name: asdict(profile) for name, profile in PROFILES.items()}


def _progress(arguments: argparse.Namespace) -> Progress:
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
    arguments = _parser().parse_args(argv)
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
