"""The first reading of an upload: its measurement, what it needs, and the envelope of what will be levelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audio_pipeline import loudness, truepeak
from audio_pipeline.ahead import ahead
from audio_pipeline.blocks import Block
from audio_pipeline.conditioning import Treatment, conditioned, mono, treatment, usual
from audio_pipeline.dynamics import Envelope, plan
from audio_pipeline.findings import Findings, Inspector
from audio_pipeline.measure import Measurement, Meter
from audio_pipeline.profiles import Profile
from audio_pipeline.source import Limits, Source

LOPSIDED_DB: Final = 15.0


@dataclass(frozen=True, slots=True)
class Study:
    before: Measurement
    found: Findings
    treatment: Treatment
    envelope: Envelope


class Enveloper:
    """Takes a treated line and gives the envelope that the gain is planned by."""

    def __init__(self) -> None:
        self._energy, self._peaks = loudness.Energy(1), truepeak.PeakEnvelope()

    def add(self, line: Block) -> None:
        """(1, n)."""
        self._energy.add(line)
        self._peaks.add(line[0])

    def envelope(self) -> Envelope:
        return Envelope(self._energy.series(), self._peaks.series())


def study(path: Path, profile: Profile, limits: Limits | None, tell: Callable[[float], None]) -> Study:
    """Read the upload once with the usual treatment; once more only where it needs another."""
    with Source(path, limits) as source:
        meter, inspector = Meter(source.lines), Inspector()
        envelope = _usual_envelope(source, meter, inspector, profile, tell)
        found = inspector.result(meter.energy(), loudness.integrated(meter.energy()))
        before = meter.result(sample_rate_hz=source.sample_rate_hz, channels=source.channels, found=found)
    chosen = treatment(found, profile)
    if chosen != usual(profile):
        envelope = _envelope(path, chosen, limits)
    if profile.rotate_phase_hz and _lopsided(envelope, profile):
        chosen = replace(chosen, rotate_phase_hz=profile.rotate_phase_hz)
        envelope = _envelope(path, chosen, limits)
    return Study(before, found, chosen, envelope)


def _lopsided(envelope: Envelope, profile: Profile) -> bool:
    """Whether the limiter would have to take more than is good: pulses that the phase can be turned under."""
    if not envelope.energy.any():
        return False
    ceiling = profile.true_peak_dbtp - profile.codec_headroom_db
    return plan(envelope, profile.target_lufs, ceiling, profile).deepest_db > LOPSIDED_DB


def _usual_envelope(
    source: Source, meter: Meter, inspector: Inspector, profile: Profile, tell: Callable[[float], None]
) -> Envelope:
    """Decoding and judging the upload run on one core, treating it and its envelope on the other."""

    def judged() -> Iterator[Block]:
        for block in source.blocks():
            line = mono(block, "middle")
            meter.add(block)
            inspector.add(block, line[0])
            tell(source.share)
            yield line

    enveloper = Enveloper()
    with closing(ahead(judged())) as lines:
        for line in conditioned(lines, usual(profile)):
            enveloper.add(line)
    return enveloper.envelope()


def _envelope(path: Path, chosen: Treatment, limits: Limits | None) -> Envelope:
    enveloper = Enveloper()
    with Source(path, limits) as source, closing(ahead(source.blocks())) as blocks:
        for line in conditioned(blocks, chosen):
            enveloper.add(line)
    return enveloper.envelope()
