import asyncio
from pathlib import Path

import numpy as np
import pytest

from audio_pipeline.errors import DecoderFailed, Silent
from audio_pipeline.prepare import prepare
from audio_pipeline.sandbox import prepare_in_child
from tests.audio.sounds import Line, silence, write


def nothing_at(target: Path) -> bool:
    return not list(target.parent.glob(f"*{target.name}*"))


async def test_the_child_makes_the_same_asset(tmp_path: Path, voice: Line) -> None:
    source = write(tmp_path / "voice.wav", voice)
    heard: list[float] = []
    made = await prepare_in_child(source, tmp_path / "child.opus", tags={"title": "Tin = bài"}, progress=heard.append)
    assert made == prepare(source, tmp_path / "here.opus", tags={"title": "Tin = bài"})
    assert (tmp_path / "child.opus").read_bytes() == (tmp_path / "here.opus").read_bytes()
    assert heard[-1] == 1.0
    assert heard == sorted(heard)


async def test_a_refusal_crosses_the_border_whole(tmp_path: Path) -> None:
    with pytest.raises(Silent) as caught:
        await prepare_in_child(write(tmp_path / "silent.wav", silence(2)), tmp_path / "out.opus")
    assert caught.value.sentence_vi == Silent().sentence_vi


async def test_a_child_without_memory_is_a_failed_decoder(tmp_path: Path, voice: Line) -> None:
    with pytest.raises(DecoderFailed):
        await prepare_in_child(write(tmp_path / "voice.wav", voice), tmp_path / "out.opus", memory_bytes=60_000_000)


async def test_a_child_that_hangs_is_killed(tmp_path: Path, voice: Line) -> None:
    source = write(tmp_path / "voice.wav", np.tile(voice, 30))
    with pytest.raises(DecoderFailed, match="no answer"):
        await prepare_in_child(source, tmp_path / "out.opus", timeout_s=0.6)
    assert nothing_at(tmp_path / "out.opus")


async def test_cancelling_leaves_no_child_and_no_file(tmp_path: Path, voice: Line) -> None:
    source = write(tmp_path / "voice.wav", np.tile(voice, 30))
    started = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        job = group.create_task(prepare_in_child(source, tmp_path / "out.opus", progress=lambda _: started.set()))
        await started.wait()
        job.cancel()
    assert job.cancelled()
    assert nothing_at(tmp_path / "out.opus")
