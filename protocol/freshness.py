"""Which message is new, which is known, which is stale.

Order is (epoch, sequence) within an audience. The epoch counts for all audiences together: once a receiver has seen a
higher one, the key of a lower epoch has no say any more, so a stolen server is outrun by one message of its successor.
"""

from collections.abc import Mapping
from typing import NamedTuple

from protocol.errors import Superseded


class Mark(NamedTuple):
    """The newest message of an audience that was taken."""

    epoch: int
    sequence: int


def is_new(message: Mark, *, known: Mark | None, highest_epoch: int) -> bool:
    """True: take it. False: it is the very one that is known (retained messages come again at each connect).

    Raises Superseded for an older one.
    """
    if message.epoch < highest_epoch:
        raise Superseded(f"epoch {message.epoch} is over; {highest_epoch} is in force")
    if known is None or message > known:
        return True
    if message == known:
        return False
    raise Superseded(f"{tuple(message)} came after {tuple(known)}")


def highest_epoch(marks: Mapping[str, Mark]) -> int:
    return max((mark.epoch for mark in marks.values()), default=0)
