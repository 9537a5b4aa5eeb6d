"""Why a message is refused.

MessageRefused
├── Malformed        not a message of this protocol, or larger than it may be
├── Forged           no signature that the pinned root key vouches for
├── WrongAudience    signed, but for another topic
├── Expired          signed, but its time is over
└── Superseded       signed, but an equal or newer one of its audience is known, or its epoch is over

EnrolmentRefused     a code that is mistyped, or a proof that does not fit
"""

from typing import ClassVar


class MessageRefused(Exception):  # noqa: N818 -- A refusal is the normal answer to hostile input, not an error of ours.
    slug: ClassVar[str] = "refused"


class Malformed(MessageRefused):
    slug = "malformed"


class Forged(MessageRefused):
    slug = "forged"


class WrongAudience(MessageRefused):
    slug = "wrong-audience"


class Expired(MessageRefused):
    slug = "expired"


class Superseded(MessageRefused):
    slug = "superseded"


class EnrolmentRefused(Exception):  # noqa: N818 -- As above.
    pass
