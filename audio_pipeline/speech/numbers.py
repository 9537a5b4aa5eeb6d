"""Vietnamese numbers as they are said."""

from __future__ import annotations

from typing import Final

DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS: Final = ("", "nghìn", "triệu")


def digits(text: str) -> str:
    """One by one, as a telephone number is said."""
    return " ".join(DIGITS[int(letter)] for letter in text if letter.isdigit())


def _units(tens: int, unit: int) -> str:
    if unit == 1 and tens > 1:
        return "mốt"
    if unit == 4 and tens > 1:
        return "tư"
    return "lăm" if unit == 5 and tens > 0 else DIGITS[unit]


def _below_thousand(number: int, *, whole: bool) -> list[str]:
    """`whole`: nothing stands before this group, so its leading zeros are not said."""
    hundreds, tens, unit = number // 100, number // 10 % 10, number % 10
    words = [] if whole and not hundreds else [DIGITS[hundreds], "trăm"]
    if tens > 1:
        words += [DIGITS[tens], "mươi"]
    elif tens == 1:
        words.append("mười")
    elif unit and words:
        words.append("linh")
    if unit:
        words.append(_units(tens, unit))
    return words


def cardinal(number: int) -> str:
    """1505 → một nghìn năm trăm linh năm; above a milliard the milliards are said like a number of their own."""
    if number < 0:
        return f"âm {cardinal(-number)}"
    if number == 0:
        return DIGITS[0]
    words: list[str] = []
    milliards, rest = divmod(number, 10**9)
    if milliards:
        words += [cardinal(milliards), "tỷ"]
    for power in (2, 1, 0):
        group = rest // 1000**power % 1000
        if group:
            words += _below_thousand(group, whole=not words)
            words += [_GROUPS[power]] if power else []
    return " ".join(words)


def decimal(whole: str, fraction: str) -> str:
    """3,25 → ba phẩy hai mươi lăm; a fraction that begins with zero or is long is said digit by digit."""
    said = digits(fraction) if fraction.startswith("0") or len(fraction) > 2 else cardinal(int(fraction))
    return f"{cardinal(int(whole))} phẩy {said}"


def month(number: int) -> str:
    """The fourth month is "tư", the first "một"."""
    return "tư" if number == 4 else cardinal(number)


def roman(text: str) -> int:
    """The value of a roman number; 0 where it is none in its usual form."""
    values = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    total = 0
    for letter, following in zip(text, (*text[1:], ""), strict=True):
        value = values[letter]
        total += -value if values.get(following, 0) > value else value
    return total if total and _as_roman(total) == text else 0


def _as_roman(number: int) -> str:
    out = ""
    for value, sign in (
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ):
        out += sign * (number // value)
        number %= value
    return out
