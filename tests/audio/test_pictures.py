from pathlib import Path

import av
import numpy as np

from audio_pipeline.pictures import ROW, WIDTH, outline, report, waveform
from audio_pipeline.prepare import prepare
from tests.audio.sounds import RATE_HZ, Line, silence, sine, write


def test_the_peaks_show_where_the_sound_is(tmp_path: Path) -> None:
    path = write(tmp_path / "half.wav", np.concatenate([silence(5), sine(440, 5, -6)]))
    drawn = waveform(path, columns=100)
    peaks = np.array(drawn["peaks"])
    assert peaks.shape == (100, 2)
    assert drawn["seconds"] == 10
    assert not peaks[:49].any()
    assert (peaks[51:, 1] > 55).all()
    assert (peaks[51:, 0] < -55).all()


def test_a_short_sound_has_as_many_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "short.wav", sine(440, 0.3, -6))
    assert len(np.array(waveform(path, columns=500)["peaks"])) == 500


def test_the_spectrum_shows_the_pitch(tmp_path: Path) -> None:
    spectrum = outline(write(tmp_path / "tone.wav", sine(3000, 3, -6))).spectrum_db
    assert abs(int(spectrum.argmax()) * RATE_HZ / 4096 - 3000) < 12


def test_the_report_is_a_picture_with_both_curves(tmp_path: Path, voice: Line) -> None:
    source = write(tmp_path / "voice.wav", voice * np.float32(0.2))
    prepare(source, tmp_path / "voice.opus")
    report(source, tmp_path / "voice.opus", tmp_path / "report.png", -16)
    with av.open(tmp_path / "report.png") as container:
        image = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert image.shape[1] == WIDTH
    assert image.shape[0] > 3 * ROW
    colours = {tuple(colour) for colour in image.reshape(-1, 3)[::7]}
    assert {(150, 158, 170), (20, 90, 170), (255, 255, 255)} <= colours
