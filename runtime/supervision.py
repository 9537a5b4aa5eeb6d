"""What may fail is run again with growing waits; any other exception is a bug and ends the process."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import structlog

from runtime.clock import Clock

log = structlog.get_logger()


class Backoff:
    """Growing waits: doubled after each failure up to `longest_s`, the first again after a success."""

    def __init__(self, *, first_s: float = 0.5, longest_s: float = 30.0) -> None:
        self._first_s, self._longest_s, self._next_s = first_s, longest_s, first_s

    def succeeded(self) -> None:
        self._next_s = self._first_s

    def failed(self) -> float:
        """The seconds to wait now."""
        wait_s, self._next_s = self._next_s, min(self._longest_s, self._next_s * 2)
        return wait_s


async def supervise(
    name: str,
    work: Callable[[], Awaitable[None]],
    *,
    clock: Clock,
    expected: tuple[type[Exception], ...],
    first_wait_s: float = 0.5,
    longest_wait_s: float = 30.0,
) -> None:
    """Run `work` for ever; what it raises of `expected` is said once, and once again when it is back.

    Work that held for longer than the longest wait counts as a success. Anything not expected goes through.
    """
    waits = Backoff(first_s=first_wait_s, longest_s=longest_wait_s)
    lost = False

    async def note_success() -> None:
        nonlocal lost
        await clock.sleep(longest_wait_s)
        waits.succeeded()
        if lost:
            log.info("back", task=name)
            lost = False

    while True:
        error = await _run_beside(work, note_success, name=f"{name}: holding")
        if error is not None and not isinstance(error, expected):
            raise error
        if error is not None and not lost:
            log.warning("lost", task=name, error=type(error).__name__, detail=str(error))
            lost = True
        await clock.sleep(waits.failed())


async def _run_beside(
    work: Callable[[], Awaitable[None]], watch: Callable[[], Coroutine[None, None, None]], *, name: str
) -> Exception | None:
    """What `work` raised, bare; `watch` runs beside it and ends with it."""
    raised = None
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch(), name=name)
        try:
            await work()
        except Exception as error:  # noqa: BLE001 -- Handed to the caller, so that no ExceptionGroup hides what it is.
            raised = error
        finally:
            watching.cancel()
    return raised
