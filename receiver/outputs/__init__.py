"""Where the sound goes: one Protocol, and the way from the word after `--output` to an output."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from receiver.errors import OutputFailed
from receiver.station_clock import StationClock
from runtime.clock import Clock

Block = npt.NDArray[np.float32]
Render = Callable[[float, int], Block]
"""`render(dac_s, frames)`: the mono samples of which the first leaves the output at `dac_s`, an instant of the
monotonic clock in seconds. Called from the output's thread, in order, one call at a time."""
Fault = Callable[[str], None]
"""Told, in one sentence, when the output loses sound; from the output's thread."""


class Output(Protocol):
    """A sound card, or something that behaves like one: it asks for each block when it needs it."""

    def start(self, render: Render, fault: Fault) -> None:
        """Raises OutputFailed."""
        ...

    def stop(self) -> None:
        """No call of render comes after this returns."""
        ...


def opened(word: str, *, clock: Clock, station: StationClock) -> Output:
    """The output that `wav:FILE`, `null`, `sound` or `sound:DEVICE` names; raises OutputFailed for another word."""
    kind, _, rest = word.partition(":")
    if kind == "wav" and rest:
        from receiver.outputs.wav import WavOutput  # noqa: PLC0415 -- soundfile is loaded only where it is used.

        return WavOutput(Path(rest), clock=clock, station=station)
    if kind == "null" and not rest:
        from receiver.outputs.null import NullOutput  # noqa: PLC0415 -- As above.

        return NullOutput(clock=clock)
    if kind == "sound":
        return _sound(rest or None, clock)
    raise OutputFailed(f"{word!r} is no output; choose wav:FILE, null, sound or sound:DEVICE")


def _sound(device: str | None, clock: Clock) -> Output:
    try:
        from receiver.outputs.sound import SoundOutput  # noqa: PLC0415 -- Needs the system's PortAudio.
    except (ImportError, OSError) as error:
        raise OutputFailed(
            f"no sound card can be used here ({error}): pip install 'loa[sound]' && sudo apt-get install libportaudio2"
        ) from error
    return SoundOutput(device, clock=clock)
