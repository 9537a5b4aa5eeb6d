"""What the API refuses, as RFC 9457 problems with a stable slug and a sentence in two languages.

Problem
├── NotFound, Conflict, Invalid, Forbidden, Unauthorised, TooLarge, TooManyAttempts
└── Unavailable      the database is busy: nothing was changed, try again
    └── DiskFull

Bugs are no problems of this family: they become a 500 that reveals nothing.
"""

from typing import ClassVar


class Problem(Exception):  # noqa: N818 -- RFC 9457's own word.
    status: ClassVar[int] = 400
    title: ClassVar[str] = "Yêu cầu không thực hiện được"

    def __init__(self, slug: str, vi: str, en: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{slug}: {en}")
        self.slug, self.vi, self.en, self.headers = slug, vi, en, headers or {}


class Invalid(Problem):
    status = 422
    title = "Dữ liệu chưa đúng"


class NotFound(Problem):
    status = 404
    title = "Không tìm thấy"


class Conflict(Problem):
    status = 409
    title = "Trùng hoặc mâu thuẫn"


class Unauthorised(Problem):
    status = 401
    title = "Cần đăng nhập"

    def __init__(self, slug: str, vi: str, en: str) -> None:
        super().__init__(slug, vi, en, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    status = 403
    title = "Không được phép"


class TooLarge(Problem):
    status = 413
    title = "Tệp quá lớn"


class TooManyAttempts(Problem):
    status = 429
    title = "Thử quá nhiều lần"


class Unavailable(Problem):
    status = 503
    title = "Tạm thời chưa được"


class DiskFull(Unavailable):
    status = 507
    title = "Ổ đĩa đã đầy"


def disk_full() -> DiskFull:
    vi = "Ổ đĩa của máy chủ đã đầy; chưa có gì được lưu. Hãy giải phóng dung lượng rồi thử lại."
    en = "The server's disk is full; nothing was saved. Free some space and try again."
    return DiskFull("disk-full", vi, en)


def not_found(kind_vi: str, kind_en: str, identifier: str) -> NotFound:
    return NotFound("not-found", f"Không có {kind_vi} “{identifier}”.", f"There is no {kind_en} {identifier!r}.")
