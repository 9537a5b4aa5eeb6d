"""What each command does. Imports stand inside: PyAV takes a quarter of a second to load and not all need it."""
# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict

from audio_pipeline.profiles import PROFILES

Progress = Callable[[float], None]
Figures = dict[str, object]
Command = Callable[[argparse.Namespace, Progress], Figures]


def measure(arguments: argparse.Namespace, progress: Progress) -> Figures:
    from audio_pipeline.measure import measure as measured

    return measured(arguments.file, progress=progress).as_dict()


def prepare(arguments: argparse.Namespace, progress: Progress) -> Figures:
    from audio_pipeline.prepare import prepare as prepared

    tags = dict(pair.split("=", 1) for pair in arguments.tag if "=" in pair)
    if arguments.lang:
        tags["language"] = arguments.lang
    profile = PROFILES[arguments.profile]
    return prepared(arguments.source, arguments.target, profile=profile, tags=tags, progress=progress).as_dict()


def judge(arguments: argparse.Namespace, progress: Progress) -> Figures:
    from audio_pipeline import wav
    from audio_pipeline.horn_path import intelligibility
    from audio_pipeline.measure import measure as measured
    from audio_pipeline.quality import Expectation
    from audio_pipeline.quality import judge as judged

    found = measured(arguments.file, progress=progress)
    expected = Expectation(arguments.shortest_s, arguments.longest_s, speech=not arguments.music)
    verdict = judged(found, expected)
    said: Figures = {
        "grade": verdict.grade,
        "grade_vi": verdict.grade_vi,
        "grade_en": verdict.grade_en,
        "reasons": [asdict(reason) for reason in verdict.reasons],
        "measurement": found.as_dict(),
    }
    if arguments.asset:
        clean, asset = wav.read(arguments.file), wav.read(arguments.asset)
        said["understood_of_upload"] = asdict(intelligibility(clean, clean))
        said["understood_of_asset"] = asdict(intelligibility(clean, asset))
    return said


def speak(arguments: argparse.Namespace, _progress: Progress) -> Figures:
    from audio_pipeline.speech import speak as spoken

    return asdict(spoken(arguments.text, arguments.target, language=arguments.lang))


def montage(arguments: argparse.Namespace, _progress: Progress) -> Figures:
    from audio_pipeline import montage as parts

    return {"seconds": parts.render(parts.load(arguments.spec), arguments.target)}


def tones(arguments: argparse.Namespace, _progress: Progress) -> Figures:
    from audio_pipeline import wav
    from audio_pipeline.errors import NoTone
    from audio_pipeline.tones import TONES

    if arguments.name is None:
        return {name: {"purpose": tone.purpose, "seconds": tone.seconds} for name, tone in TONES.items()}
    if arguments.name not in TONES or arguments.target is None:
        raise NoTone(tones=", ".join(TONES))
    line = TONES[arguments.name].samples(arguments.seconds)
    wav.write(arguments.target, line)
    return {"name": arguments.name, "samples": len(line)}


def report(arguments: argparse.Namespace, _progress: Progress) -> Figures:
    from audio_pipeline.pictures import report as drawn

    drawn(arguments.before, arguments.after, arguments.target, PROFILES[arguments.profile].target_lufs)
    return {"written": str(arguments.target)}


def waveform(arguments: argparse.Namespace, _progress: Progress) -> Figures:
    from audio_pipeline.pictures import waveform as drawn

    return drawn(arguments.file, arguments.columns)


def profiles(_arguments: argparse.Namespace, _progress: Progress) -> Figures:
    return {name: asdict(profile) for name, profile in PROFILES.items()}
