"""Which engine speaks a language here, and what was spoken before."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_pipeline.errors import AudioRefused, NoVoice, SpeechFailed
from audio_pipeline.measure import measure
from audio_pipeline.speech.engine import Engine, Espeak, Manner
from audio_pipeline.speech.normalise import normalise

ENGINES: Final[tuple[Engine, ...]] = (Espeak(),)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A spoken text. `samples` at 48 kHz; `trial` voices (giọng thử) are not for ordinary broadcasts."""

    engine: str
    voice: str
    trial: bool
    samples: int
    text: str
    cached: bool


def languages(engines: Sequence[Engine] = ENGINES) -> tuple[str, ...]:
    """The tags that can speak here, those of the better engines first."""
    return tuple(dict.fromkeys(tag for engine in engines for tag in engine.voices))


def speak(
    text: str,
    target: Path,
    *,
    language: str = "vi",
    words_per_minute: int = 150,
    pitch: int = 50,
    engines: Sequence[Engine] = ENGINES,
    cache: Path | None = None,
) -> Spoken:
    """Speak a text into a WAV with the first engine that has a voice for the language, and with the next if it fails.

    Raises NoVoice, with the languages that can speak, or SpeechFailed. With a `cache` folder the same text in the same
    voice and manner is spoken once.
    """
    tag, manner = language.lower(), Manner(words_per_minute, pitch)
    able = [engine for engine in engines if tag in engine.voices]
    if not able:
        raise NoVoice(languages=", ".join(languages(engines)))
    words = normalise(text) if tag.split("-")[0] == "vi" else text.strip()
    if not words:
        raise SpeechFailed("no words")
    failure: AudioRefused = SpeechFailed("")
    for engine in able:
        try:
            return _spoken(engine, words, engine.voices[tag], target, manner, cache)
        except AudioRefused as refused:
            failure = refused
    raise SpeechFailed(failure.detail) from failure


def _spoken(engine: Engine, words: str, voice: str, target: Path, manner: Manner, cache: Path | None) -> Spoken:
    kept = cache / f"{_key(engine, words, voice, manner)}.wav" if cache is not None else None
    known = kept is not None and kept.exists()
    unfinished = target.with_name(f".{target.name}.part")
    try:
        if kept is not None and known:
            shutil.copyfile(kept, unfinished)
        else:
            engine.speak(words, voice, unfinished, manner)
        # An engine may end well and leave nothing, or an error page: only what decodes to sound was spoken.
        found = measure(unfinished)
        if found.integrated_lufs is None:
            raise SpeechFailed("silence")
        if kept is not None and not known:
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(unfinished, kept.with_suffix(".part"))
            kept.with_suffix(".part").replace(kept)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return Spoken(engine.name, voice, engine.trial, found.samples, words, known)


def _key(engine: Engine, words: str, voice: str, manner: Manner) -> str:
    said = "\0".join((engine.name, voice, str(manner.words_per_minute), str(manner.pitch), words))
    return hashlib.sha256(said.encode()).hexdigest()
