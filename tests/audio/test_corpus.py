"""The promise over everything: within 0.2 LU of the target and never over the true-peak limit, once decoded."""

from pathlib import Path

import pytest

from audio_pipeline.decode import OpusReader
from audio_pipeline.measure import measure, measure_blocks
from audio_pipeline.prepare import prepare
from audio_pipeline.profiles import HORN
from tests.audio.corpus import corpus
from tests.audio.sounds import write


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_forty_recordings_come_out_alike(tmp_path: Path) -> None:
    count = corrected = 0
    for name, line in corpus(tmp_path):
        made = prepare(write(tmp_path / "in.wav", line), tmp_path / "out.opus")
        with OpusReader(tmp_path / "out.opus") as reader:
            by_libopus = measure_blocks((block[None] for block in reader.blocks()), 1)
        for found in (by_libopus, measure(tmp_path / "out.opus")):
            assert found.integrated_lufs == pytest.approx(HORN.target_lufs, abs=0.2), name
            assert found.true_peak_dbtp is not None
            assert found.true_peak_dbtp <= HORN.true_peak_dbtp, name
            assert made.samples == found.samples, name
        count, corrected = count + 1, corrected + (made.encodes > 1)
    assert count >= 40
    assert corrected <= count // 10


def test_the_measurement_made_while_encoding_is_that_of_the_file(tmp_path: Path) -> None:
    for name, line in corpus(tmp_path):
        if name in {"voice-north", "chime-1.0", "clipped-12"}:
            made = prepare(write(tmp_path / "in.wav", line), tmp_path / "out.opus")
            with OpusReader(tmp_path / "out.opus") as reader:
                found = measure_blocks((block[None] for block in reader.blocks()), 1)
            for key in ("integrated_lufs", "true_peak_dbtp", "max_momentary_lufs"):
                assert getattr(made.after, key) == pytest.approx(getattr(found, key), abs=0.01), (name, key)
            assert made.after.samples == found.samples
