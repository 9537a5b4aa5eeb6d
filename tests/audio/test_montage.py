import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio_pipeline.errors import BadMontage
from audio_pipeline.measure import measure_blocks
from audio_pipeline.montage import PART_LUFS, assemble, load, parse, render
from tests.audio.corpus import music
from tests.audio.sounds import RATE_HZ, Line, read, sine, write


@pytest.fixture
def folder(tmp_path: Path, voice: Line) -> Path:
    write(tmp_path / "ident.wav", sine(440, 2, -20))
    write(tmp_path / "body.mp3", voice[: 8 * RATE_HZ], rate_hz=48_000)
    write(tmp_path / "bed.wav", music(5, seed=2))
    return tmp_path


def level(line: Line) -> float:
    found = measure_blocks([line[None]], 1).integrated_lufs
    assert found is not None
    return found


def test_a_bulletin_is_its_parts_one_after_the_other(folder: Path) -> None:
    parts: list[dict[str, Any]] = [
        {"file": "ident.wav", "fade_out_s": 0.5},
        {"tone": "chime", "gap_s": 0.3},
        {"say": "Kính mời bà con nghe bản tin lúc 7h30.", "gap_s": 0.5},
        {"file": "body.mp3", "gap_s": 0.4},
    ]
    line = assemble(parse({"parts": parts}, folder))
    assert len(line) > round((2 + 0.3 + 2.5 + 0.5 + 1 + 0.4 + 8) * RATE_HZ)
    gap = line[2 * RATE_HZ : round(2.3 * RATE_HZ)]
    assert not gap.any()
    assert np.abs(line[: 2 * RATE_HZ]).max() > 0.05
    assert np.abs(line[2 * RATE_HZ - 480 : 2 * RATE_HZ]).max() < 0.01


def test_parts_of_any_level_come_at_one_level(tmp_path: Path, voice: Line) -> None:
    write(tmp_path / "loud.wav", voice)
    write(tmp_path / "quiet.wav", voice * np.float32(0.05))
    for name, gain in (("loud.wav", 0), ("quiet.wav", 0), ("loud.wav", -6)):
        line = assemble(parse({"parts": [{"file": name, "gain_db": gain}]}, tmp_path))
        assert level(line) == pytest.approx(PART_LUFS + gain, abs=0.3)


@pytest.mark.parametrize("total_s", [15.0, 20.001, 60.0])
def test_an_exact_length_is_exact_to_the_sample(folder: Path, total_s: float) -> None:
    parts = [{"file": "ident.wav"}, {"file": "body.mp3", "gap_s": 0.5}, {"tone": "chime-end", "gap_s": 0.25}]
    assert len(assemble(parse({"parts": parts, "total_s": total_s}, folder))) == round(total_s * RATE_HZ)


def test_too_much_for_the_length_is_refused(folder: Path) -> None:
    with pytest.raises(BadMontage, match="longer"):
        assemble(parse({"parts": [{"file": "body.mp3"}], "total_s": 5}, folder))


def test_music_steps_back_under_speech(folder: Path, voice: Line) -> None:
    write(folder / "talk.wav", np.concatenate([voice[: 4 * RATE_HZ], np.zeros(4 * RATE_HZ, np.float32)]))
    spec = {"parts": [{"file": "talk.wav", "bed": True}], "bed": {"file": "bed.wav", "under_db": -16}}
    dry = assemble(parse({"parts": spec["parts"]}, folder))
    bed = assemble(parse(spec, folder)) - dry
    talking, alone = bed[2 * RATE_HZ : 3 * RATE_HZ], bed[round(5.5 * RATE_HZ) : round(6.5 * RATE_HZ)]
    assert level(talking) - level(alone) == pytest.approx(-12, abs=2.5)
    assert np.abs(bed[:240]).max() < 0.01
    assert np.abs(bed[-240:]).max() < 0.01


def test_music_stays_out_where_it_is_not_asked_for(folder: Path) -> None:
    spec = {"parts": [{"file": "ident.wav"}, {"file": "body.mp3", "bed": True}], "bed": {"file": "bed.wav"}}
    dry = assemble(parse({"parts": spec["parts"]}, folder))
    assert np.array_equal(assemble(parse(spec, folder))[:RATE_HZ], dry[:RATE_HZ])


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"parts": []},
        {"parts": [{}]},
        {"parts": [{"file": "ident.wav", "tone": "chime"}]},
        {"parts": [{"file": "nothing.wav"}]},
        {"parts": [{"file": "../../etc/passwd"}]},
        {"parts": [{"tone": "trumpet"}]},
        {"parts": [{"file": "ident.wav", "gap_s": -1}]},
        {"parts": [{"file": "ident.wav", "volume": 1}]},
        {"parts": [{"file": "ident.wav"}], "bed": {"name": "x"}},
    ],
)
def test_a_description_that_does_not_hold_is_refused(folder: Path, raw: dict[str, Any]) -> None:
    with pytest.raises(BadMontage) as caught:
        assemble(parse(raw, folder))
    assert caught.value.sentence_vi.startswith("Bản dựng chưa hợp lệ")


def test_the_master_is_written_and_read_back(folder: Path) -> None:
    (folder / "spec.json").write_text(json.dumps({"parts": [{"file": "ident.wav"}, {"tone": "test", "seconds": 1}]}))
    for name in ("out.wav", "out.flac"):
        assert render(load(folder / "spec.json"), folder / name) == 3.0
        assert len(read(folder / name)) == 3 * RATE_HZ
