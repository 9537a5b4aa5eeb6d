"""Text to speech. Engines are processes of their own; a voice that only stands in says so."""

from audio_pipeline.speech.espeak import Spoken, languages, speak

__all__ = ["Spoken", "languages", "speak"]
