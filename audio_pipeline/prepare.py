"""From an upload to a finished asset: measure, plan the gain of every moment, encode, believe only what is decoded."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from audio_pipeline import dynamics, loudness, truepeak
from audio_pipeline.ahead import ahead
from audio_pipeline.blocks import RATE_HZ, Block
from audio_pipeline.conditioning import conditioned, dc_share
from audio_pipeline.encode import Encoder, encode
from audio_pipeline.errors import NotReachable, Silent, TooQuiet, TooShort
from audio_pipeline.measure import Measurement, sounding
from audio_pipeline.ogg import set_output_gain
from audio_pipeline.profiles import HORN, Profile
from audio_pipeline.source import Limits, Source
from audio_pipeline.study import Study, study
from audio_pipeline.verify import measured_file, measured_packets

SHORTEST_S: Final = 0.1
# Below this even the largest gain leaves it far under the target and would mostly raise noise.
TOO_QUIET_LUFS: Final = -42.0
SILENT_DBFS: Final = -60.0
KEPT_SILENCE_CELLS: Final = 10
ENCODES: Final = 4
# The output gain of the Opus header may finish what the encode left; a player that ignores it is this far off, no more.
MAX_HEADER_GAIN_DB: Final = 0.75
# Where the header cannot finish it, this much off is near enough.
AIM_LU: Final = 0.17
# After a correction this much is left between the peaks and the limit, for what the next encode does otherwise.
OVER_ROOM_DB: Final = 0.4

Tell = Callable[[float], None]


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
    limited_db: float
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


@dataclass(frozen=True, slots=True)
class _Made:
    """A file as it stands: its measurement, its plan, the header's gain in dB, and how many encodes it took."""

    after: Measurement
    plan: dynamics.Plan
    trim_db: float
    encodes: int


def prepare(
    source: Path,
    target: Path,
    *,
    profile: Profile = HORN,
    tags: Mapping[str, str] | None = None,
    progress: Tell | None = None,
    limits: Limits | None = None,
) -> Prepared:
    """Make the finished asset of a recording. Raises AudioRefused; on refusal nothing stands at `target`."""
    tell = progress or (lambda _: None)
    studied = study(source, profile, limits, lambda share: tell(0.25 * share))
    _refuse(studied.before)
    start, end = _kept(studied.envelope)
    kept = studied.envelope.part(start, end)
    with _whole(target) as unfinished:
        work = _Work(source, unfinished, profile, tags or {}, studied, kept, start, limits, tell)
        made = work.settle()
        size = unfinished.stat().st_size
    tell(1.0)
    trimmed = start > 0 or end < len(studied.envelope.energy)
    return Prepared(
        samples=made.after.samples,
        sample_rate_hz=RATE_HZ,
        bytes=size,
        profile=profile.name,
        before=studied.before,
        after=made.after,
        gain_db=round(made.plan.gain_db + made.trim_db, 2),
        limited_db=round(made.plan.deepest_db, 2),
        steps=_steps(studied, made.plan, trimmed=trimmed),
        warnings=_warnings(made.after, profile),
        encodes=made.encodes,
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


@dataclass(frozen=True, slots=True)
class _Work:
    """One asset in the making."""

    source: Path
    target: Path
    profile: Profile
    tags: Mapping[str, str]
    studied: Study
    envelope: dynamics.Envelope
    start: int
    limits: Limits | None
    tell: Tell

    def settle(self) -> _Made:
        """Encode, decode, measure, correct, until the decoded result stands or no correction helps."""
        profile, limit = self.profile, self.profile.true_peak_dbtp
        aim, headroom = profile.target_lufs + profile.codec_loss_lu, profile.codec_headroom_db
        envelope = self.envelope
        for attempt in range(1, ENCODES + 1):
            plan = dynamics.plan(envelope, aim, limit - headroom, profile)
            after, peaks = self._encoded(plan, attempt)
            loud, peak = after.integrated_lufs, after.true_peak_dbtp
            if loud is None or peak is None:
                raise Silent
            wanted = profile.target_lufs - loud
            reachable = aim - plan.predicted_lufs < 0.1
            trim = self._trim(wanted, limit - peak)
            if peak + trim <= limit and (abs(wanted - trim) <= AIM_LU or not reachable):
                return self._finished(after, plan, trim, attempt)
            aim += wanted if reachable else 0.0
            # The codec goes over at a few moments only: there the peaks count for more. Elsewhere a little, since the
            # next encode may go over where this one did not.
            envelope = envelope.raised(peaks, limit - max(wanted, 0.0) - OVER_ROOM_DB)
            headroom += max(0.0, peak + max(wanted, 0.0) - limit) / 2 + 0.2
        raise NotReachable(f"{loud:.1f} LUFS, {peak:.1f} dBTP")

    def _trim(self, wanted: float, room: float) -> float:
        """The header's gain in dB, in its own steps of 1/256; none in files without that header."""
        if self.profile.codec != "opus":
            return 0.0
        bounded = max(-MAX_HEADER_GAIN_DB, min(wanted, MAX_HEADER_GAIN_DB, room - 0.02))
        return round(bounded * 256) / 256

    def _finished(self, after: Measurement, plan: dynamics.Plan, trim: float, encodes: int) -> _Made:
        if trim:
            set_output_gain(self.target, trim)
        return _Made(_louder(after, trim), plan, trim, encodes)

    def _encoded(self, plan: dynamics.Plan, attempt: int) -> tuple[Measurement, truepeak.Peaks]:
        """One encode of the whole: reading and treating, encoding, and decoding again, each on its own."""
        first, last = self.start * loudness.CELL, (self.start + len(self.envelope.energy)) * loudness.CELL
        with Source(self.source, self.limits) as source, closing(self._levelled(source, plan, first, last)) as lines:
            encoder = Encoder(self.target, self.profile, self.tags)
            if self.profile.codec != "opus":
                for _ in encode(lines, encoder):
                    self.tell(self._share(source, attempt))
                return measured_file(self.target)
            total = min(last, self.studied.before.samples) - first
            with closing(ahead(encode(lines, encoder), depth=8, name="encode")) as packets:
                return measured_packets(self._watched(packets, source, attempt), encoder.header, total)

    def _watched(self, packets: Iterator[list[bytes]], source: Source, attempt: int) -> Iterator[list[bytes]]:
        for batch in packets:
            self.tell(self._share(source, attempt))
            yield batch

    def _share(self, source: Source, attempt: int) -> float:
        done = 1 - 0.5 ** (attempt - 1)
        return 0.25 + 0.74 * (done + 0.5**attempt * source.share)

    def _levelled(self, source: Source, plan: dynamics.Plan, first: int, last: int) -> Generator[Block]:
        """The treated line between the kept borders, at the planned gain."""
        position = 0
        for block in conditioned(source.blocks(), self.studied.treatment):
            line = block[0]
            begin, end = max(first, position), min(last, position + len(line))
            if begin < end:
                yield plan.apply(line[begin - position : end - position], (begin - first) // truepeak.CELL)
            position += len(line)


def _louder(after: Measurement, gain_db: float) -> Measurement:
    """The same sound at another gain."""
    names = ("integrated_lufs", "max_momentary_lufs", "max_short_term_lufs", "true_peak_dbtp", "sample_peak_dbfs")
    moved = {name: round(getattr(after, name) + gain_db, 3) for name in names if getattr(after, name) is not None}
    return replace(after, **moved)


def _steps(studied: Study, plan: dynamics.Plan, *, trimmed: bool) -> tuple[str, ...]:
    named = (
        ("dc_removal", dc_share(studied.found)),
        *((step, True) for step in studied.treatment.steps),
        ("trim_silence", trimmed),
        ("level_talkers", plan.levelled),
        ("limit", plan.deepest_db > 0),
    )
    return tuple(name for name, done in named if done)


def _warnings(after: Measurement, profile: Profile) -> tuple[str, ...]:
    missed = after.integrated_lufs is None or abs(after.integrated_lufs - profile.target_lufs) > profile.tolerance_lu
    return ("below-target",) if missed else ()
