"""Waiting in a program that does one thing at a time."""

from collections.abc import Callable
from threading import Event
from typing import TypeVar

from deploy.demo.errors import DemoFailed
from runtime.clock import SystemClock

CLOCK = SystemClock()
STEP_S = 0.2

Found = TypeVar("Found")


def pause(seconds: float) -> None:
    Event().wait(seconds)


def until(look: Callable[[], Found | None], *, within_s: float, failing: Callable[[], str]) -> Found:
    """What `look` finds first that is true; raises DemoFailed with the sentence of `failing` after `within_s`."""
    deadline = CLOCK.monotonic() + within_s
    while not (found := look()):
        if CLOCK.monotonic() > deadline:
            raise DemoFailed(failing())
        pause(STEP_S)
    return found
