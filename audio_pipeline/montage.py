"""A bulletin from its parts: ident, chime, spoken intro, body, outro; gaps, fades, a music bed that ducks under speech.

The description is JSON:
{"total_s": 300, "parts": [{"file": "ident.wav", "fade_out_s": 0.5}, {"tone": "chime"}, {"say": "…", "lang": "vi"},
 {"file": "body.mp3", "gap_s": 0.4, "gain_db": -2, "bed": true}], "bed": {"file": "music.wav", "under_db": -16}}
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from audio_pipeline import loudness, wav
from audio_pipeline.blocks import RATE_HZ, Block
from audio_pipeline.ducking import ducked
from audio_pipeline.errors import BadMontage
from audio_pipeline.speech import speak
from audio_pipeline.tones import TONES

with warnings.catch_warnings():
    # pydub looks for an ffmpeg binary when imported; nothing here asks it to decode. Its audioop comes from the package
    # audioop-lts where Python has none any more.
    warnings.simplefilter("ignore", RuntimeWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    from pydub import AudioSegment

PART_LUFS: Final = -20.0
_EDGE_MS: Final = 5
_KNOWN: Final = frozenset(
    {"file", "tone", "say", "lang", "seconds", "gap_s", "fade_in_s", "fade_out_s", "gain_db", "bed"}
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: one of file, tone and say. `gap_s` is silence before it; `bed` lets the music bed run under it."""

    file: str = ""
    tone: str = ""
    say: str = ""
    lang: str = "vi"
    seconds: float | None = None
    gap_s: float = 0.0
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0
    gain_db: float = 0.0
    bed: bool = False


@dataclass(frozen=True, slots=True)
class Bed:
    """Music under the parts that ask for it, `under_db` below them while they sound."""

    file: str
    under_db: float = -16.0
    fade_s: float = 1.5


@dataclass(frozen=True, slots=True)
class Montage:
    """`total_s`: the exact length; what is short is silence shared between the gaps, what is long is refused."""

    parts: tuple[Part, ...]
    bed: Bed | None = None
    total_s: float | None = None
    folder: Path = field(default=Path())


def parse(raw: Mapping[str, object], folder: Path) -> Montage:
    """A montage from its description; file names are below `folder`. Raises BadMontage."""
    try:
        parts = tuple(_part(part) for part in raw["parts"])  # type: ignore[attr-defined]
        bed = Bed(**raw["bed"]) if raw.get("bed") else None  # type: ignore[arg-type]
        total = raw.get("total_s")
        made = Montage(parts, bed, None if total is None else float(total), folder)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as error:
        raise _bad("mô tả sai cấu trúc", f"the description is malformed ({error})") from error
    if not made.parts:
        raise _bad("chưa có phần nào", "it has no parts")
    return made


def _part(raw: Mapping[str, object]) -> Part:
    if unknown := set(raw) - _KNOWN:
        raise ValueError(f"unknown {', '.join(sorted(unknown))}")
    part = Part(**raw)  # type: ignore[arg-type]
    if sum(map(bool, (part.file, part.tone, part.say))) != 1:
        raise ValueError("a part has one of file, tone and say")
    if min(part.gap_s, part.fade_in_s, part.fade_out_s) < 0:
        raise ValueError("gaps and fades are not negative")
    return part


def load(spec: Path) -> Montage:
    """The montage of a JSON file. Raises BadMontage."""
    try:
        raw = json.loads(spec.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _bad("không đọc được tệp mô tả", "the description cannot be read") from error
    return parse(raw if isinstance(raw, dict) else {}, spec.parent)


def assemble(montage: Montage) -> Block:
    """The bulletin as one line (n,) at 48 kHz, exactly `total_s` long where that is asked. Raises AudioRefused."""
    lines = [_sound(part, montage.folder) for part in montage.parts]
    gaps = _gaps(montage, lines)
    track, under = AudioSegment.empty().set_frame_rate(RATE_HZ), np.zeros(0, dtype=bool)
    for part, line, gap in zip(montage.parts, lines, gaps, strict=True):
        track += _silence(gap) + _segment(part, line)
        under = np.concatenate([under, np.full(gap, fill_value=part.bed), np.full(len(line), fill_value=part.bed)])
    voice = _line(track)
    if montage.bed is None or not under.any():
        return voice
    music = _levelled(_read(montage.bed.file, montage.folder))
    return ducked(voice, music, under[: len(voice)], montage.bed.under_db, montage.bed.fade_s)


def render(montage: Montage, target: Path) -> float:
    """Write the bulletin as a WAV or FLAC master; its length in seconds."""
    line = assemble(montage)
    wav.write(target, line)
    return len(line) / RATE_HZ


def _sound(part: Part, folder: Path) -> Block:
    """The part as (n,), at the montage's common loudness and its own gain."""
    if part.tone:
        if part.tone not in TONES:
            raise _bad(f"không có âm hiệu {part.tone}", f"there is no tone {part.tone}")
        line = TONES[part.tone].samples(part.seconds)
    elif part.say:
        with tempfile.TemporaryDirectory(prefix="loa-") as folder_name:
            spoken = Path(folder_name) / "spoken.wav"
            speak(part.say, spoken, language=part.lang)
            line = wav.read(spoken)
    else:
        line = _read(part.file, folder)
    if part.seconds is not None:
        line = line[: round(part.seconds * RATE_HZ)]
    louder: Block = _levelled(line) * np.float32(10 ** (part.gain_db / 20))
    return louder


def _read(name: str, folder: Path) -> Block:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise _bad(f"tệp {name} nằm ngoài thư mục", f"{name} is outside the folder")
    if not path.is_file():
        raise _bad(f"không có tệp {name}", f"there is no file {name}")
    return wav.read(path)


def _levelled(line: Block) -> Block:
    """At −20 LUFS: headroom for the mix; the finished asset is levelled by `prepare`."""
    found = loudness.integrated(loudness.energies(line[None]))
    gain = min(30.0, PART_LUFS - found) if found > -70 else 0.0
    levelled: Block = line * np.float32(10 ** (gain / 20))
    return levelled


def _gaps(montage: Montage, lines: list[Block]) -> list[int]:
    """Samples of silence before each part; with a total, what is missing is shared between them by their length."""
    gaps = [round(part.gap_s * RATE_HZ) for part in montage.parts]
    if montage.total_s is None:
        return gaps
    total = round(montage.total_s * RATE_HZ)
    missing = total - sum(gaps) - sum(map(len, lines))
    if missing < 0:
        over = -missing / RATE_HZ
        raise _bad(f"dài hơn thời lượng yêu cầu {over:.1f} giây", f"it is {over:.1f} s longer than asked")
    weights = np.array(gaps, dtype=np.float64)
    weights = weights / weights.sum() if weights.any() else np.append(np.zeros(len(gaps) - 1), 1.0)
    shares = np.floor(missing * weights).astype(int)
    shares[int(weights.argmax())] += missing - int(shares.sum())
    return [gap + int(share) for gap, share in zip(gaps, shares, strict=True)]


def _segment(part: Part, line: Block) -> AudioSegment:
    """Pydub counts in milliseconds but cuts nothing here: length stays exact to the sample."""
    pcm = np.clip(line * 2.0**31, -(2.0**31), 2.0**31 - 1).astype("<i4")
    segment = AudioSegment(data=pcm.tobytes(), sample_width=4, frame_rate=RATE_HZ, channels=1)
    fade_in, fade_out = (max(_EDGE_MS, round(1000 * seconds)) for seconds in (part.fade_in_s, part.fade_out_s))
    longest = len(segment) // 2
    return segment.fade_in(min(fade_in, longest)).fade_out(min(fade_out, longest))


def _silence(samples: int) -> AudioSegment:
    return AudioSegment(data=bytes(4 * samples), sample_width=4, frame_rate=RATE_HZ, channels=1)


def _line(segment: AudioSegment) -> Block:
    line: Block = (np.frombuffer(segment.raw_data, dtype="<i4") / 2.0**31).astype(np.float32)
    return line


def _bad(reason_vi: str, reason_en: str) -> BadMontage:
    return BadMontage(reason_vi=reason_vi, reason_en=reason_en)
