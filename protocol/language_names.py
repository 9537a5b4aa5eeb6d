"""What an officer calls a language; BCP 47 tags are never shown on screen."""

import re
import unicodedata

NAMES = {
    "vi": "tiếng Việt",
    "blt": "tiếng Thái",
    "hmn": "tiếng Mông",
    "ium": "tiếng Dao",
    "hni": "tiếng Hà Nhì",
    "km": "tiếng Khmer",
    "lo": "tiếng Lào",
    "zh": "tiếng Trung",
    "en": "tiếng Anh",
}
"""Tags of the languages that the provincial plans name: Thái Đen `blt` (Tai Dam), Mông `hmn`, Dao `ium` (Iu Mien), …"""


def name_of(tag: str) -> str:
    """The name of the language, by its first subtag where the whole tag has none; the tag itself as a last resort."""
    return NAMES.get(tag) or NAMES.get(tag.split("-", maxsplit=1)[0]) or tag


def plain_letters(text: str) -> str:
    """`text` as a keyboard without Vietnamese letters writes it: small, no diacritics, words apart by one space."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", bare))


def tag_of(name: str) -> str | None:
    """The tag that a person means by `tieng-mong`, `Tiếng Mông`, `mong` or `hmn`; None where it names no language.

    Only the languages of NAMES are read, with a script or a region (`vi-VN`): `mix` is a language too, but of Mexico.
    """
    asked = plain_letters(name)
    for tag, known in NAMES.items():
        full = plain_letters(known)
        if asked in {full, full.removeprefix("tieng "), full.replace(" ", "")}:
            return tag
    primary, _, rest = name.strip().partition("-")
    if primary.lower() in NAMES and re.fullmatch(r"([A-Z][a-z]{3}|[A-Z]{2}|[A-Z][a-z]{3}-[A-Z]{2})?", rest):
        return f"{primary.lower()}-{rest}" if rest else primary.lower()
    return None
