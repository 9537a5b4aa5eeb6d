"""Text to speech. Engines are processes of their own; a voice that only stands in says so."""

from audio_pipeline.speech.engine import Engine, Espeak, Manner, Piper, Service
from audio_pipeline.speech.voices import Spoken, languages, speak

__all__ = ["Engine", "Espeak", "Manner", "Piper", "Service", "Spoken", "languages", "speak"]
