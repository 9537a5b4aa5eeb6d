"""espeak-ng from the wheel espeakng-loader: small, robotic, with Vietnamese of three regions."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio_pipeline.errors import NoVoice, SpeechFailed

TIMEOUT_S: Final = 60.0
# What espeak-ng can say that a commune here may need, by BCP 47 tag.
VOICES: Final[dict[str, str]] = {
    "vi": "vi",
    "vi-vn-x-central": "vi-vn-x-central",
    "vi-vn-x-south": "vi-vn-x-south",
    "en": "en-us",
    "zh": "cmn",
    "cmn": "cmn",
    "yue": "yue",
    "th": "th",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A spoken text. `trial` voices (giọng thử) are not for ordinary broadcasts."""

    engine: str
    voice: str
    trial: bool
    samples: int
    sample_rate_hz: int


def languages() -> tuple[str, ...]:
    """The tags that can speak here."""
    return tuple(VOICES)


def speak(text: str, target_wav: Path, *, language: str = "vi", words_per_minute: int = 150, pitch: int = 50) -> Spoken:
    """Speak a text into a mono 16-bit WAV. Raises NoVoice for a language without one, SpeechFailed where it ends."""
    voice = VOICES.get(language.lower())
    if voice is None:
        raise NoVoice(languages=", ".join(languages()))
    command = [sys.executable, "-m", "audio_pipeline.speech.espeak_process", voice, str(words_per_minute), str(pitch)]
    try:
        done = subprocess.run(
            [*command, str(target_wav)], input=text.encode(), capture_output=True, timeout=TIMEOUT_S, check=True
        )
        samples, rate = (int(word) for word in done.stdout.split())
    except (subprocess.SubprocessError, ValueError) as error:
        raise SpeechFailed(type(error).__name__) from error
    if not samples:
        raise SpeechFailed("no sound")
    return Spoken("espeak-ng", voice, trial=True, samples=samples, sample_rate_hz=rate)
