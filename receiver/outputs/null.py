"""An output that nobody hears: paced like a sound card, for tests and simulations."""

from receiver.outputs import Block, Fault, Render
from receiver.outputs.paced import Pace
from runtime.clock import Clock


class NullOutput:
    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._pace = Pace(clock, name="null-output")

    def start(self, render: Render, fault: Fault) -> None:  # noqa: ARG002 -- It has no faults.
        self._pace.start(render, _forget, first_s=self._clock.monotonic())

    def stop(self) -> None:
        self._pace.stop()


def _forget(block: Block) -> None:
    """Nobody listens."""
