"""The quality gate: good, usable but better recorded again, not usable; one reason in plain words, figures behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from audio_pipeline.blocks import RATE_HZ
from audio_pipeline.measure import Measurement

Grade = Literal["good", "usable", "unusable"]

GRADES_VI: Final[dict[Grade, str]] = {
    "good": "Tốt",
    "usable": "Nghe được, nên thu lại",
    "unusable": "Không dùng được",
}
GRADES_EN: Final[dict[Grade, str]] = {
    "good": "Good",
    "usable": "Usable, better recorded again",
    "unusable": "Not usable",
}
_ORDER: Final[tuple[Grade, ...]] = ("unusable", "usable", "good")


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong, how bad it is, and the figure that says so."""

    slug: str
    grade: Grade
    vi: str
    en: str
    figure: str
    value: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is the worst of `reasons`, None where there is none."""

    grade: Grade
    reasons: tuple[Reason, ...]

    @property
    def reason(self) -> Reason | None:
        return self.reasons[0] if self.reasons else None

    @property
    def grade_vi(self) -> str:
        return GRADES_VI[self.grade]

    @property
    def grade_en(self) -> str:
        return GRADES_EN[self.grade]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a series asks of its items; seconds, None where it asks nothing."""

    shortest_s: float | None = None
    longest_s: float | None = None
    speech: bool = True


@dataclass(frozen=True, slots=True)
class _Rule:
    """Worse than `usable` is usable only, worse than `unusable` is not; `above` tells which side is worse."""

    slug: str
    figure: str
    usable: float
    unusable: float
    vi: str
    en: str
    above: bool = True
    of_speech: bool = False

    def judge(self, value: float) -> Reason | None:
        for grade, limit in (("unusable", self.unusable), ("usable", self.usable)):
            if value > limit if self.above else value < limit:
                said = {"value": value, "percent": 100 * value}
                return Reason(
                    self.slug,
                    "unusable" if grade == "unusable" else "usable",
                    self.vi.format(**said),
                    self.en.format(**said),
                    self.figure,
                    value,
                )
        return None


_NEVER: Final = float("inf")
_RULES: Final[tuple[_Rule, ...]] = (
    _Rule(
        "clipped",
        "clipped_share",
        0.002,
        0.05,
        "Tiếng bị vỡ (thu quá to). Hãy vặn nhỏ mức thu hoặc đưa micrô ra xa hơn.",
        "The sound is clipped (recorded too loud). Lower the recording level or move the microphone away.",
    ),
    _Rule(
        "noisy",
        "signal_to_noise_db",
        20.0,
        8.0,
        "Tiếng ồn nền lớn (chỉ cách tiếng nói {value:.0f} dB). Hãy thu ở nơi yên tĩnh, đóng cửa, tắt quạt.",
        "Loud background noise (only {value:.0f} dB below the voice). Record in a quiet room.",
        above=False,
        of_speech=True,
    ),
    _Rule(
        "hum",
        "hum_db",
        12.0,
        _NEVER,
        "Có tiếng ù của điện lưới. Hãy kiểm tra dây tiếp đất, dây micrô và bộ nguồn.",
        "Mains hum. Check the earth, the microphone cable and the power supply.",
    ),
    _Rule(
        "too-fast",
        "syllables_per_second",
        4.6,
        _NEVER,
        "Đọc quá nhanh ({value:.1f} tiếng mỗi giây). Nơi vang cần đọc chậm, không quá 4 tiếng mỗi giây.",
        "Spoken too fast ({value:.1f} syllables a second). Where it echoes, speak no faster than 4.",
        of_speech=True,
    ),
    _Rule(
        "too-much-silence",
        "silence_share",
        0.35,
        0.8,
        "Khoảng lặng quá nhiều ({percent:.0f} % bản ghi). Hãy cắt bớt hoặc thu lại.",
        "Too much silence ({percent:.0f} % of the recording). Cut it or record again.",
    ),
    _Rule(
        "little-speech",
        "speech_share",
        0.6,
        _NEVER * -1,
        "Nhạc hoặc tiếng động lấn át lời nói. Hãy vặn nhỏ nhạc nền.",
        "Music or other sound covers the speech. Turn the background down.",
        above=False,
    ),
)


def judge(found: Measurement, expected: Expectation | None = None) -> Verdict:
    """Grade a recording by the measurement of its upload."""
    wanted = expected or Expectation()
    reasons = [
        reason
        for rule in _RULES
        if (value := getattr(found, rule.figure)) is not None and _asked(rule, found, wanted)
        if (reason := rule.judge(value)) is not None
    ]
    reasons += _length(found.samples / RATE_HZ, wanted)
    worst = sorted(reasons, key=lambda reason: _ORDER.index(reason.grade))
    return Verdict(worst[0].grade if worst else "good", tuple(worst))


def _asked(rule: _Rule, found: Measurement, wanted: Expectation) -> bool:
    if rule.figure == "speech_share":
        return wanted.speech
    return not rule.of_speech or (found.speech_share or 0.0) >= 0.5


def _length(seconds: float, wanted: Expectation) -> list[Reason]:
    if wanted.shortest_s is not None and seconds < wanted.shortest_s:
        vi = f"Bài ngắn hơn quy định của chuyên mục (ít nhất {wanted.shortest_s / 60:.0f} phút)."
        en = f"Shorter than the series asks (at least {wanted.shortest_s / 60:.0f} minutes)."
        return [Reason("wrong-length", "usable", vi, en, "seconds", seconds)]
    if wanted.longest_s is not None and seconds > wanted.longest_s:
        vi = f"Bài dài hơn quy định của chuyên mục (nhiều nhất {wanted.longest_s / 60:.0f} phút)."
        en = f"Longer than the series asks (at most {wanted.longest_s / 60:.0f} minutes)."
        return [Reason("wrong-length", "usable", vi, en, "seconds", seconds)]
    return []
