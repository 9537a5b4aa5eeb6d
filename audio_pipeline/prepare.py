"""From an upload to a finished asset: measure, plan the gain of every moment, encode, believe only what is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from audio_pipeline import dynamics, loudness, truepeak
from audio_pipeline.blocks import BLOCK, RATE_HZ, Block
from audio_pipeline.decode import OpusReader
from audio_pipeline.encode import encode_opus
from audio_pipeline.errors import NotReachable, Silent, TooQuiet, TooShort
from audio_pipeline.filters import Filter, high_pass
from audio_pipeline.measure import Measurement, Meter, measure_blocks, sounding
from audio_pipeline.ogg import set_output_gain
from audio_pipeline.profiles import HORN, Profile
from audio_pipeline.source import Limits, Source

SHORTEST_S: Final = 0.1
# Below this even the largest gain leaves it far under the target and would mostly raise noise.
TOO_QUIET_LUFS: Final = -42.0
SILENT_DBFS: Final = -60.0
KEPT_SILENCE_CELLS: Final = 10
ENCODES: Final = 4
# The output gain of the Opus header may finish what the encode left; a player that ignores it is this far off, no more.
MAX_HEADER_GAIN_DB: Final = 0.5
AIM_LU: Final = 0.15


@dataclass(frozen=True, slots=True)
class Prepared:
    """A finished asset. `samples` is what a receiver plays, at 48 kHz after pre-skip."""

    samples: int
    sample_rate_hz: int
    bytes: int
    profile: str
    before: Measurement
    after: Measurement
    gain_db: float
    steps: tuple[str, ...]
    warnings: tuple[str, ...]
    encodes: int

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, object]) -> Prepared:
        """What `as_dict` gave, after a journey as JSON."""
        values = dict(raw)
        for key in ("before", "after"):
            values[key] = Measurement(**values[key])  # type: ignore[arg-type]
        for key in ("steps", "warnings"):
            values[key] = tuple(values[key])  # type: ignore[arg-type]
        return cls(**values)  # type: ignore[arg-type]


def prepare(
    source: Path,
    target: Path,
    *,
    profile: Profile = HORN,
    tags: Mapping[str, str] | None = None,
    progress: Callable[[float], None] | None = None,
    limits: Limits | None = None,
) -> Prepared:
    """Make the finished asset of a recording. Raises AudioRefused; on refusal nothing stands at `target`."""
    tell = progress or (lambda _: None)
    before, envelope = _study(source, profile, limits, lambda share: tell(0.3 * share))
    _refuse(before)
    start, end = _kept(envelope)
    kept = envelope.part(start, end)
    with _whole(target) as unfinished:
        after, gain_db, encodes = _settle(source, unfinished, profile, tags or {}, kept, start, limits, tell)
        size = unfinished.stat().st_size
    tell(1.0)
    steps = [f"high_pass_{profile.high_pass_hz:g}_hz"]
    if start or end < len(envelope.energy):
        steps.append("trim_silence")
    return Prepared(
        samples=after.samples,
        sample_rate_hz=RATE_HZ,
        bytes=size,
        profile=profile.name,
        before=before,
        after=after,
        gain_db=round(gain_db, 2),
        steps=tuple(steps),
        warnings=_warnings(after, profile),
        encodes=encodes,
    )


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A name to write under; it becomes the target only if all went well."""
    unfinished = target.with_name(f".{target.name}.part")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _mono(source: Source, profile: Profile) -> Iterator[tuple[Block, Block]]:
    """Each block as it came, (lines, n), and as the one conditioned line, (n,)."""
    condition = Filter(high_pass(profile.high_pass_hz))
    for block in source.blocks():
        line = block if len(block) == 1 else block.mean(axis=0, keepdims=True)
        yield block, condition(line)[0]


def _study(
    path: Path, profile: Profile, limits: Limits | None, tell: Callable[[float], None]
) -> tuple[Measurement, dynamics.Envelope]:
    """The measurement of the upload, and the envelope of what will be levelled."""
    with Source(path, limits) as source:
        meter, energy, peaks = Meter(source.lines), loudness.Energy(1), truepeak.PeakEnvelope()
        for block, line in _mono(source, profile):
            meter.add(block)
            energy.add(line[None])
            peaks.add(line)
            if source.claimed_s:
                tell(min(1.0, source.decoded / RATE_HZ / source.claimed_s))
        before = meter.result(sample_rate_hz=source.sample_rate_hz, channels=source.channels)
    return before, dynamics.Envelope(energy.series(), peaks.series())


def _refuse(before: Measurement) -> None:
    if before.samples < SHORTEST_S * RATE_HZ:
        raise TooShort(seconds=before.samples / RATE_HZ, limit_s=SHORTEST_S)
    if before.integrated_lufs is None or before.sample_peak_dbfs is None or before.sample_peak_dbfs < SILENT_DBFS:
        raise Silent
    if before.integrated_lufs < TOO_QUIET_LUFS:
        raise TooQuiet(f"{before.integrated_lufs:.1f} LUFS")


def _kept(envelope: dynamics.Envelope) -> tuple[int, int]:
    """Energy cells that stay: silence at both ends goes, but for 100 ms."""
    start, end = sounding(envelope.energy)
    if start == end:
        raise Silent
    return max(0, start - KEPT_SILENCE_CELLS), min(len(envelope.energy), end + KEPT_SILENCE_CELLS)


def _settle(
    path: Path,
    target: Path,
    profile: Profile,
    tags: Mapping[str, str],
    envelope: dynamics.Envelope,
    start: int,
    limits: Limits | None,
    tell: Callable[[float], None],
) -> tuple[Measurement, float, int]:
    """Encode, decode, measure, correct: the measurement of the file as it stands, the gain, the number of encodes."""
    aim, headroom = profile.target_lufs, profile.codec_headroom_db
    for attempt in range(1, ENCODES + 1):
        plan = dynamics.plan(envelope, aim, profile.true_peak_dbtp - headroom, profile.max_gain_db)
        encode_opus(_levelled(path, profile, plan, envelope, start, limits), target, profile, tags)
        after = _measured(target)
        loud, peak = after.integrated_lufs, after.true_peak_dbtp
        if loud is None or peak is None:
            raise Silent
        wanted = profile.target_lufs - loud
        reachable = aim - plan.predicted_lufs < 0.1
        trim = max(-MAX_HEADER_GAIN_DB, min(wanted, MAX_HEADER_GAIN_DB, profile.true_peak_dbtp - 0.02 - peak))
        done = peak + trim <= profile.true_peak_dbtp and (abs(wanted - trim) <= AIM_LU or not reachable)
        tell(0.3 + 0.7 * attempt / (attempt + 1))
        if done:
            if abs(trim) >= 0.01:
                set_output_gain(target, trim)
                after = _measured(target)
            return after, plan.gain_db + trim, attempt
        aim += wanted if reachable and abs(wanted) > AIM_LU else 0.0
        headroom += max(0.0, peak + max(wanted, 0.0) - profile.true_peak_dbtp) + 0.1
    raise NotReachable(f"{loud:.1f} LUFS, {peak:.1f} dBTP")


def _levelled(
    path: Path, profile: Profile, plan: dynamics.Plan, envelope: dynamics.Envelope, start: int, limits: Limits | None
) -> Iterator[Block]:
    """The conditioned line between the kept borders, at the planned gain."""
    first, last = start * loudness.CELL, (start + len(envelope.energy)) * loudness.CELL
    position = 0
    with Source(path, limits) as source:
        for _, line in _mono(source, profile):
            begin, end = max(first, position), min(last, position + len(line))
            if begin < end:
                yield plan.apply(line[begin - position : end - position], (begin - first) // truepeak.CELL)
            position += len(line)


def _measured(asset: Path) -> Measurement:
    with OpusReader(asset) as reader:
        return measure_blocks((block[None] for block in reader.blocks(BLOCK)), 1)


def _warnings(after: Measurement, profile: Profile) -> tuple[str, ...]:
    missed = after.integrated_lufs is None or abs(after.integrated_lufs - profile.target_lufs) > profile.tolerance_lu
    return ("below-target",) if missed else ()
