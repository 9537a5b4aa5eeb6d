"""Vietnamese text as it is said: numbers, dates, times, units, abbreviations, numbers of documents.

A speech engine spells what it does not know; a resident should hear words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from audio_pipeline.speech.numbers import cardinal, decimal, digits, month, roman

ABBREVIATIONS: Final[dict[str, str]] = {
    "ATTP": "an toàn thực phẩm",
    "BCĐ": "ban chỉ đạo",
    "BHXH": "bảo hiểm xã hội",
    "BHYT": "bảo hiểm y tế",
    "BQL": "ban quản lý",
    "BTTTT": "Bộ Thông tin và Truyền thông",
    "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch",
    "BKHCN": "Bộ Khoa học và Công nghệ",
    "BNNMT": "Bộ Nông nghiệp và Môi trường",
    "BYT": "Bộ Y tế",
    "CCB": "cựu chiến binh",
    "CCCD": "căn cước công dân",
    "CP": "Chính phủ",
    "CT": "chỉ thị",
    "CTMTQG": "chương trình mục tiêu quốc gia",
    "ĐBQH": "đại biểu Quốc hội",
    "GPMB": "giải phóng mặt bằng",
    "HĐND": "Hội đồng nhân dân",
    "HTX": "hợp tác xã",
    "KH": "kế hoạch",
    "KT-XH": "kinh tế xã hội",
    "LHPN": "Liên hiệp Phụ nữ",
    "MTTQ": "Mặt trận Tổ quốc",
    "NĐ": "nghị định",
    "NQ": "nghị quyết",
    "NTM": "nông thôn mới",
    "PCCC": "phòng cháy chữa cháy",
    "PCTT": "phòng chống thiên tai",
    "QĐ": "quyết định",
    "TB": "thông báo",
    "THCS": "trung học cơ sở",
    "THPT": "trung học phổ thông",
    "TKCN": "tìm kiếm cứu nạn",
    "TNCS": "Thanh niên Cộng sản",
    "TT": "thông tư",
    "TTg": "Thủ tướng",
    "TW": "trung ương",
    "TƯ": "trung ương",
    "UBMTTQ": "Ủy ban Mặt trận Tổ quốc",
    "UBND": "Ủy ban nhân dân",
    "VH-TT": "văn hóa thông tin",
}
_UNITS: Final[dict[str, str]] = {
    "km/h": "ki lô mét trên giờ",
    "m/s": "mét trên giây",
    "km²": "ki lô mét vuông",
    "km2": "ki lô mét vuông",
    "m²": "mét vuông",
    "m2": "mét vuông",
    "m³": "mét khối",
    "m3": "mét khối",
    "km": "ki lô mét",
    "cm": "xăng ti mét",
    "mm": "mi li mét",
    "ml": "mi li lít",
    "kg": "ki lô gam",
    "ha": "héc ta",
    "°C": "độ xê",
    "ºC": "độ xê",
    "kW": "ki lô oát",
    "kV": "ki lô vôn",
    "VNĐ": "đồng",
    "đ": "đồng",
    "%": "phần trăm",
    "m": "mét",
    "g": "gam",
    "l": "lít",
}
_LETTERS: Final = "A-Za-zÀ-ỹĐđ"
_NUMBER: Final = r"\d{1,3}(?:\.\d{3})+|\d+"
_DAY: Final = r"0?[1-9]|[12]\d|3[01]"
_MONTH: Final = r"0?[1-9]|1[0-2]"
_UNIT: Final = "|".join(re.escape(unit) for unit in _UNITS)

_KINDS: Final = "[Tt]hông tư|[Qq]uyết định|[Nn]ghị định|[Nn]ghị quyết|[Cc]hỉ thị|[Kk]ế hoạch|[Tt]hông báo"

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def _integer(text: str) -> int:
    return int(text.replace(".", ""))


def _document(match: re.Match[str]) -> str:
    """39/2020/TT-BTTTT → 39 năm 2020, thông tư, Bộ …: what it is, then who issued it."""
    named, number, year, kind = match.groups()
    parts = [ABBREVIATIONS.get(part, " ".join(part)) for part in kind.split("-")]
    if named and named.lower().startswith(parts[0]):
        parts = parts[1:]
    when = f" năm {cardinal(int(year))}" if year else ""
    return f"{named or ''}{cardinal(int(number))}{when}, {', '.join(parts)}"


def _date(match: re.Match[str]) -> str:
    word, day, of_month, year = match.groups()
    said = f"ngày {'mùng ' if int(day) <= 10 else ''}{cardinal(int(day))} tháng {month(int(of_month))}"
    said += f" năm {cardinal(int(year))}" if year else ""
    return said[len("ngày ") :] if word and word.lower() == "mùng" else said


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match.group(1)), int(match.group(2) or 0)
    return f"{cardinal(hour)} giờ" + (f" {cardinal(minute)} phút" if minute else "")


def _measure(match: re.Match[str]) -> str:
    whole, fraction, unit = match.groups()
    number = decimal(str(_integer(whole)), fraction) if fraction else cardinal(_integer(whole))
    return f"{number} {_UNITS[unit]}"


def _range(match: re.Match[str]) -> str:
    """8-12 km: the unit stays for the next rule."""
    return f"{cardinal(_integer(match[1]))} đến {match[2]}"


def _number(match: re.Match[str]) -> str:
    whole, fraction = match.groups()
    return decimal(str(_integer(whole)), fraction) if fraction else cardinal(_integer(whole))


def _roman(match: re.Match[str]) -> str:
    value = roman(match.group(2))
    return f"{match.group(1)} {cardinal(value)}" if value else match.group(0)


_RULES: Final[tuple[Rule, ...]] = (
    (
        re.compile(rf"((?:{_KINDS})\s+(?:số:?\s+)?)?\b(\d+)/(?:(\d{{4}})/)?((?:[A-ZĐƯ]+[a-z]?)(?:-[A-ZĐƯ]+[a-z]?)+)\b"),
        _document,
    ),
    (re.compile(rf"\b(?:(ngày|mùng)\s+)?({_DAY})[/-]({_MONTH})[/-](\d{{4}})\b", re.IGNORECASE), _date),
    (re.compile(rf"\b(ngày|mùng)\s+({_DAY})[/-]({_MONTH})()\b(?![/\d])", re.IGNORECASE), _date),
    (re.compile(rf"\b()({_DAY})/({_MONTH})()\b(?![/\d])"), _date),
    (re.compile(rf"\btháng\s+({_MONTH})/(\d{{4}})\b"), lambda m: f"tháng {month(int(m[1]))} năm {cardinal(int(m[2]))}"),
    (re.compile(r"\b([01]?\d|2[0-4])\s?(?:h|:|giờ\s?)([0-5]\d)(?:\s?(?:p|phút))?\b"), _time),
    (re.compile(r"\b([01]?\d|2[0-4])()h\b"), _time),
    (re.compile(r"(?<![\d.,])(0\d{2,3}[ .]?\d{3}[ .]?\d{3,4})\b"), lambda m: digits(m[1])),
    (re.compile(r"(?i:(?<=\bgọi )|(?<=\bsố )|(?<=\btổng đài ))(11[1-5]|1[89]00\d{4})\b"), lambda m: digits(m[1])),
    (re.compile(rf"\b({_NUMBER})\s?[-–]\s?({_NUMBER}(?:,\d+)?\s?(?:{_UNIT}))(?![{_LETTERS}\d])"), _range),
    (re.compile(rf"\b({_NUMBER})(?:,(\d+))?\s?({_UNIT})(?![{_LETTERS}\d])"), _measure),
    (re.compile(r"\b(thứ|khóa|khoá|lần|kỳ|quý|cấp|bậc)\s+([IVXLC]+)\b"), _roman),
    (re.compile(rf"\btháng ({_MONTH})\b(?!,?\d)"), lambda m: f"tháng {month(int(m[1]))}"),
    (
        re.compile(rf"({_NUMBER})\s?-\s?({_NUMBER})"),
        lambda m: f"{cardinal(_integer(m[1]))} đến {cardinal(_integer(m[2]))}",
    ),
    (re.compile(rf"({_NUMBER})(?:,(\d+))?"), _number),
    (re.compile(r"\bT[Pp]\.\s?"), lambda _: "thành phố "),
    (re.compile(r"\bTX\.\s?"), lambda _: "thị xã "),
    (
        re.compile(
            r"\b(" + "|".join(sorted(map(re.escape, ABBREVIATIONS), key=len, reverse=True)) + rf")(?![{_LETTERS}])"
        ),
        lambda m: ABBREVIATIONS[m[1]],
    ),
    (re.compile(r"\s*&\s*"), lambda _: " và "),
    (re.compile(rf"(?<=[{_LETTERS}])/(?=[{_LETTERS}])"), lambda _: " trên "),
    (re.compile(r"[ \t]+"), lambda _: " "),
)


def normalise(text: str) -> str:
    """The same text in words; composed Unicode, one space between words."""
    said = unicodedata.normalize("NFC", text)
    for pattern, say in _RULES:
        said = pattern.sub(say, said)
    return said.strip()


def syllables(text: str) -> int:
    """Vietnamese writes every syllable as a word of its own."""
    return len(re.findall(rf"[{_LETTERS}]+", normalise(text)))
