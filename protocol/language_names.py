"""What an officer calls a language; BCP 47 tags are never shown on screen."""

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
