"""What a speech engine is, and the three there are.

Each runs as a process of its own: two are GPL, one speaks to a network.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from audio_pipeline.errors import SpeechFailed

TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How fast in words a minute and how high (0 to 100, 50 as the voice is) to speak."""

    words_per_minute: int = 150
    pitch: int = 50


class Engine(Protocol):
    """One way to turn text into a WAV. `trial` voices (giọng thử) are not for ordinary broadcasts unless allowed."""

    @property
    def name(self) -> str:
        """The engine's name, for the report."""

    @property
    def trial(self) -> bool:
        """Whether its voices only stand in."""

    @property
    def voices(self) -> Mapping[str, str]:
        """The engine's voice for each language tag, lower case."""

    def speak(self, text: str, voice: str, target: Path, manner: Manner) -> None:
        """Write a WAV. Raises SpeechFailed."""


def run(command: list[str], text: bytes, timeout_s: float = TIMEOUT_S) -> bytes:
    """Run an engine's process with the text on its standard input; what it prints."""
    try:
        return subprocess.run(command, input=text, capture_output=True, timeout=timeout_s, check=True).stdout
    except subprocess.TimeoutExpired as error:
        raise SpeechFailed(f"no answer after {timeout_s:g} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise SpeechFailed(said[-1] if said else f"status {error.returncode}") from error
    except OSError as error:
        raise SpeechFailed(type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class Espeak:
    """espeak-ng: small, robotic, with Vietnamese of three regions; always there with the extra [speech]."""

    name: str = "espeak-ng"
    trial: bool = True
    voices: Mapping[str, str] = field(
        default_factory=lambda: {
            "vi": "vi",
            "vi-vn-x-central": "vi-vn-x-central",
            "vi-vn-x-south": "vi-vn-x-south",
            "en": "en-us",
            "cmn": "cmn",
            "zh": "cmn",
            "yue": "yue",
            "th": "th",
        }
    )

    def speak(self, text: str, voice: str, target: Path, manner: Manner) -> None:
        module = "audio_pipeline.speech.espeak_process"
        settings = [voice, str(manner.words_per_minute), str(manner.pitch), str(target)]
        said = run([sys.executable, "-m", module, *settings], text.encode())
        if not said.split() or said.split()[0] == b"0":
            raise SpeechFailed("no sound")


@dataclass(frozen=True, slots=True)
class Piper:
    """Piper with the voice files that a station has; `voices` maps a tag to an .onnx file."""

    voices: Mapping[str, str]
    command: tuple[str, ...] = (sys.executable, "-m", "piper")
    name: str = "piper"
    trial: bool = False

    def speak(self, text: str, voice: str, target: Path, manner: Manner) -> None:
        # A voice speaks at its own pace; 150 words a minute is taken for it.
        scale = f"{150 / max(60, manner.words_per_minute):.3f}"
        run([*self.command, "--model", voice, "--output_file", str(target), "--length_scale", scale], text.encode())


@dataclass(frozen=True, slots=True)
class Service:
    """A speech service over HTTP. `{text}`, `{voice}` and `{pace}` (1.0 as it is) stand in the body's template.

    Inside a JSON body they are escaped as JSON strings are. The answer is audio, or JSON with it in base64 under
    `answer_field`.
    """

    url: str
    voices: Mapping[str, str]
    body: str = '{"text": "{text}", "voice": "{voice}", "speed": {pace}}'
    headers: Mapping[str, str] = field(default_factory=dict)
    answer_field: str = ""
    timeout_s: float = 30.0
    name: str = "service"
    trial: bool = False

    def speak(self, text: str, voice: str, target: Path, manner: Manner) -> None:
        pace = f"{manner.words_per_minute / 150:.2f}"
        body = self.body.replace("{pace}", pace).replace("{voice}", _escaped(voice)).replace("{text}", _escaped(text))
        request = {
            "url": self.url,
            "body": body,
            "headers": {"Content-Type": "application/json", **self.headers},
            "answer_field": self.answer_field,
            "timeout_s": self.timeout_s,
            "target": str(target),
        }
        # The key travels on standard input: a command line can be read by every user of the machine.
        module = "audio_pipeline.speech.service_process"
        run([sys.executable, "-m", module], json.dumps(request).encode(), self.timeout_s + 10)


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
