"""A real sound card through PortAudio; needs the extra `[sound]` and the system's libportaudio2."""

from typing import Any

import sounddevice

from protocol.units import SAMPLE_RATE_HZ
from receiver.errors import OutputFailed
from receiver.outputs import Fault, Render
from runtime.clock import Clock


class SoundOutput:
    def __init__(self, device: str | None, *, clock: Clock) -> None:
        self._device = int(device) if device and device.isdigit() else device
        self._clock = clock
        self._stream: Any = None

    def start(self, render: Render, fault: Fault) -> None:
        def callback(out: Any, frames: int, time: Any, status: Any) -> None:  # noqa: ANN401 -- PortAudio's own types.
            if status.output_underflow:
                fault("the sound card ran dry")
            # PortAudio's clock has its own origin; only how far the DAC is ahead of now is of use.
            dac_s = self._clock.monotonic() + (time.outputBufferDacTime - time.currentTime)
            out[:, 0] = render(dac_s, frames)

        try:
            self._stream = sounddevice.OutputStream(
                samplerate=SAMPLE_RATE_HZ, device=self._device, channels=1, dtype="float32", callback=callback
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError, OSError) as error:
            raise OutputFailed(f"the sound output cannot be opened: {error}") from error

    def stop(self) -> None:
        if self._stream is not None:
            self._stream.stop()
            self._stream.close()
            self._stream = None
