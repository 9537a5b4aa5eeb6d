import numpy as np
import pytest

from tests.audio.sounds import Line, speech


@pytest.fixture(scope="session")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Line:
    """Eighteen seconds of Vietnamese speech at 48 kHz; copy it before changing it."""
    line = speech(tmp_path_factory.mktemp("voice") / "voice.wav")
    line.setflags(write=False)
    return np.asarray(line)
