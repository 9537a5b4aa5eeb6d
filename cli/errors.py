"""Why a command ends without having done what it was asked: one sentence in Vietnamese, one in English, no traceback.

Failure           exit status 1
├── Refused       the server said no: its own sentences and slug
├── Unreachable   no server answers there, or not one of ours
└── Misuse        exit status 2: the command as typed cannot be carried out
    └── Ambiguous a name that two things bear
"""

from typing import ClassVar


class Failure(Exception):  # noqa: N818 -- A refusal is a normal answer to a command, not an error of ours.
    exit_status: ClassVar[int] = 1

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi, self.en = vi, en


class Refused(Failure):
    def __init__(self, vi: str, en: str, *, status: int, slug: str) -> None:
        super().__init__(vi, en)
        self.status, self.slug = status, slug


class Unreachable(Failure):
    pass


class Misuse(Failure):
    exit_status = 2


class Ambiguous(Misuse):
    pass
