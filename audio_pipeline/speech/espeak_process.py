"""The process that loads espeak-ng. It is GPL, so nothing else of this program lives in it: text in, a WAV out.

Usage: python -m audio_pipeline.speech.espeak_process VOICE WORDS_PER_MINUTE PITCH OUT.wav < text
"""

from __future__ import annotations

import ctypes
import sys
import wave
from pathlib import Path
from typing import Final

import espeakng_loader

_SYNCHRONOUS: Final = 2
_UTF8: Final = 1
_RATE, _PITCH = 1, 3
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def main(voice: str, words_per_minute: int, pitch: int, target: Path) -> int:
    """Speak standard input; prints the number of samples and their rate."""
    engine = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = engine.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    if rate <= 0 or engine.espeak_SetVoiceByName(voice.encode()) != 0:
        return 3
    engine.espeak_SetParameter(_RATE, words_per_minute, 0)
    engine.espeak_SetParameter(_PITCH, pitch, 0)
    written = 0
    with wave.open(str(target), "wb") as wav:
        wav.setparams((1, 2, rate, 0, "NONE", ""))

        def take(samples: int | None, count: int, _events: int) -> int:
            nonlocal written
            if samples and count > 0:
                wav.writeframes(ctypes.string_at(samples, count * 2))
                written += count
            return 0

        # The engine calls through this object until it is done: a name keeps it alive.
        callback = _CALLBACK(take)
        engine.espeak_SetSynthCallback(callback)
        text = sys.stdin.buffer.read() + b"\0"
        engine.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, _UTF8, None, None)
        engine.espeak_Synchronize()
    sys.stdout.write(f"{written} {rate}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
