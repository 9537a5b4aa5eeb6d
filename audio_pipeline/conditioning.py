"""What is done to the sound itself before it is levelled: each step only where the measurement asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from audio_pipeline.blocks import Block, rechunk
from audio_pipeline.filters import Filter, Step, high_pass, presence, rotation
from audio_pipeline.findings import Findings
from audio_pipeline.profiles import Profile

Downmix = Literal["middle", "left", "right", "side"]

HUM_DB: Final = 12.0
NOISY_DB: Final = (6.0, 22.0)
# afftdn answers this much later; the stream is moved back by it.
DENOISE_DELAY: Final = 1_200
OUT_OF_PHASE: Final = -0.3
ONE_SIDED: Final = 100.0
DC: Final = 0.003


@dataclass(frozen=True, slots=True)
class Treatment:
    """The linear line from an upload's channels to the one that is levelled."""

    downmix: Downmix = "middle"
    high_pass_hz: float = 30.0
    rotate_phase_hz: float = 0.0
    presence_db: float = 0.0
    hum_hz: float = 0.0
    noise_floor_dbfs: float | None = None

    @property
    def steps(self) -> tuple[str, ...]:
        """What is done, for the report."""
        named = (
            (f"downmix_{self.downmix}", self.downmix != "middle"),
            (f"hum_removal_{self.hum_hz:g}_hz", bool(self.hum_hz)),
            ("noise_reduction", self.noise_floor_dbfs is not None),
            (f"high_pass_{self.high_pass_hz:g}_hz", True),
            ("presence", bool(self.presence_db)),
            ("phase_rotation", bool(self.rotate_phase_hz)),
        )
        return tuple(name for name, done in named if done)


def usual(profile: Profile) -> Treatment:
    """What nearly every recording gets, so it is done while measuring."""
    return Treatment(high_pass_hz=profile.high_pass_hz, presence_db=profile.presence_db)


def treatment(found: Findings, profile: Profile) -> Treatment:
    """What this recording needs."""
    hum = found.hum_db >= HUM_DB
    noisy = not hum and found.noise_steady and found.speech_share > 0.3
    noisy = noisy and NOISY_DB[0] < found.signal_to_noise_db < NOISY_DB[1]
    return replace(
        usual(profile),
        downmix=_downmix(found),
        hum_hz=found.hum_hz if hum else 0.0,
        noise_floor_dbfs=found.noise_floor_dbfs if noisy else None,
    )


def _downmix(found: Findings) -> Downmix:
    left, right, cross = found.stereo
    if left > ONE_SIDED * right:
        return "left"
    if right > ONE_SIDED * left:
        return "right"
    return "side" if cross < OUT_OF_PHASE * np.sqrt(left * right) else "middle"


def mono(block: Block, downmix: Downmix) -> Block:
    """(1, n) of one channel or two; `side` turns the right channel round so that out-of-phase sound does not cancel."""
    if len(block) == 1:
        return block
    if downmix == "left":
        return block[:1]
    if downmix == "right":
        return block[1:]
    right = -block[1:] if downmix == "side" else block[1:]
    return (block[:1] + right) * np.float32(0.5)


def conditioned(blocks: Iterable[Block], chosen: Treatment) -> Iterator[Block]:
    """The treated line, (1, n), in whole seconds and as long as the stream."""
    lines = (mono(block, chosen.downmix) for block in blocks)
    filtered = Filter(_filters(chosen)).stream(lines)
    if chosen.noise_floor_dbfs is None:
        return rechunk(filtered)
    return rechunk(_denoised(filtered, chosen.noise_floor_dbfs))


def _filters(chosen: Treatment) -> tuple[Step, ...]:
    harmonics = [chosen.hum_hz * order for order in range(1, 9)] if chosen.hum_hz else []
    notches = tuple(
        ("bandreject", f"f={hz:.3f}:width_type=h:width={max(2.0, hz / 40):.3f}:precision=f64")
        for hz in harmonics
        if hz > chosen.high_pass_hz / 2
    )
    turned = rotation(chosen.rotate_phase_hz) if chosen.rotate_phase_hz else ()
    shelf = presence(chosen.presence_db) if chosen.presence_db else ()
    return (*notches, *high_pass(chosen.high_pass_hz), *shelf, *turned)


def _denoised(lines: Iterable[Block], floor_dbfs: float) -> Iterator[Block]:
    """Gentle spectral reduction (12 dB at most), brought back in time by what the filter holds."""
    floor = min(max(floor_dbfs, -80.0), -20.0)
    count = 0

    def padded() -> Iterator[Block]:
        nonlocal count
        for line in lines:
            count += line.shape[1]
            yield line
        yield np.zeros((1, DENOISE_DELAY), dtype=np.float32)

    given = -DENOISE_DELAY
    for line in Filter((("afftdn", f"nr=12:nf={floor:.1f}"),)).stream(padded()):
        start = max(0, -given)
        given += line.shape[1]
        if start < line.shape[1]:
            yield line[:, start:]


def dc_share(found: Findings) -> bool:
    """Whether the recording has an offset worth naming (every profile's high-pass removes it)."""
    return abs(found.dc_offset) > DC
