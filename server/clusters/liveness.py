"""Whether a receiver is there: by its birth and will, and by when it was last heard (REQ-27)."""

from datetime import datetime, timedelta

from protocol.messages import ConnectionState, Presence

MISSES = 3


def after(known_session: int, message: Presence) -> bool:
    """Whether `message` says anything new: a will or a goodbye of an older session does not."""
    return message.session >= known_session


def connection(said: str | None, last_heard: datetime | None, *, interval_s: float, now: datetime) -> str:
    """`never`, `online`, `offline` or `lost`; one that is silent for three reports is lost, whatever it said."""
    if said is None or last_heard is None:
        return "never"
    if said == ConnectionState.ONLINE and now - last_heard > MISSES * timedelta(seconds=interval_s):
        return ConnectionState.LOST
    return said
