"""What can go wrong in a receiver, one class for each thing that a caller does differently.

ReceiverError
├── NotEnrolled        there is no identity here; a technician has to enrol first
├── AlreadyRunning     another process uses this folder
├── EnrolmentFailed    the server refused the code, or is not the one that knows it
├── Unreachable        no answer from any address; try again later
├── ServerRefused      an answer that says no (RFC 9457), with its slug
├── AssetRefused       bytes that are not those that the name says
├── DiskFull           no room to keep what was asked for
├── StoreFailed        the receiver's own database could not be written
└── OutputFailed       the sound output cannot be opened
"""


class ReceiverError(Exception):
    """The root of everything that is raised here on purpose."""


class NotEnrolled(ReceiverError):  # noqa: N818 -- Named as what is the case, like protocol.errors.
    pass


class AlreadyRunning(ReceiverError):  # noqa: N818 -- As above.
    pass


class EnrolmentFailed(ReceiverError):  # noqa: N818 -- As above.
    """With one sentence for the technician in each language."""

    def __init__(self, vi: str, en: str) -> None:
        self.vi, self.en = vi, en
        super().__init__(f"{vi} / {en}")


class Unreachable(ReceiverError):  # noqa: N818 -- As above.
    pass


class ServerRefused(ReceiverError):  # noqa: N818 -- As above.
    def __init__(self, status: int, slug: str, detail: str = "") -> None:
        self.status, self.slug, self.detail = status, slug, detail
        super().__init__(f"{status} {slug}: {detail}" if detail else f"{status} {slug}")


class AssetRefused(ReceiverError):  # noqa: N818 -- As above.
    pass


class DiskFull(ReceiverError):  # noqa: N818 -- As above.
    pass


class StoreFailed(ReceiverError):  # noqa: N818 -- As above.
    pass


class OutputFailed(ReceiverError):  # noqa: N818 -- As above.
    pass
