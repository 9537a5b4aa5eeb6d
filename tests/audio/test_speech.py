from pathlib import Path

import pytest

from audio_pipeline.errors import NoVoice
from audio_pipeline.measure import measure
from audio_pipeline.speech import languages, speak
from tests.audio.sounds import TEXT


@pytest.mark.parametrize("language", ["vi", "vi-vn-x-central", "vi-VN-x-south", "en"])
def test_the_engine_speaks(tmp_path: Path, language: str) -> None:
    spoken = speak(TEXT, tmp_path / "out.wav", language=language)
    found = measure(tmp_path / "out.wav")
    assert spoken.trial
    assert found.samples / 48_000 == pytest.approx(spoken.samples / spoken.sample_rate_hz, abs=0.01)
    assert found.integrated_lufs is not None
    assert -30 < found.integrated_lufs < -10


def test_a_language_without_a_voice_names_those_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(NoVoice) as caught:
        speak("x", tmp_path / "out.wav", language="hmn")
    assert all(tag in caught.value.sentence_vi for tag in languages())
