"""A virtual sound card that writes what would have been heard: 16-bit mono WAV at 48 kHz.

Beside it, `FILE.json` says when its first sample sounded, by this machine's own clock; sample n sounded n / 48000 s
later, exactly. The file can be read at any moment, also after a kill.
"""

import json
from datetime import timedelta
from pathlib import Path

import soundfile

from protocol.units import SAMPLE_RATE_HZ
from receiver.errors import OutputFailed
from receiver.instants import EPOCH
from receiver.outputs import Block, Fault, Render
from receiver.outputs.paced import Pace
from receiver.station_clock import StationClock
from runtime.clock import Clock
from runtime.files import write_whole

FLUSH_BLOCKS = 10
"""The header is brought up to date every 200 ms."""


class WavOutput:
    def __init__(self, path: Path, *, clock: Clock, station: StationClock) -> None:
        self._path, self._clock, self._station = path, clock, station
        self._pace = Pace(clock, name="wav-output")
        self._file: soundfile.SoundFile | None = None
        self._fault: Fault | None = None
        self._unflushed = 0

    def start(self, render: Render, fault: Fault) -> None:
        self._fault = fault
        # Read once, and read the same way as the player does: the mapping then holds to the microsecond.
        first_s = self._clock.monotonic()
        try:
            self._file = soundfile.SoundFile(
                self._path, "w", samplerate=SAMPLE_RATE_HZ, channels=1, subtype="PCM_16", format="WAV"
            )
            write_whole(self._path.with_name(f"{self._path.name}.json"), self._sidecar(first_s))
        except (OSError, soundfile.SoundFileError) as error:
            raise OutputFailed(f"{self._path} cannot be written: {error}") from error
        self._pace.start(render, self._write, first_s=first_s)

    def stop(self) -> None:
        self._pace.stop()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _sidecar(self, first_s: float) -> bytes:
        first = EPOCH + timedelta(microseconds=self._station.wall_microseconds_at(first_s))
        described = {"first_sample": first.isoformat(timespec="microseconds"), "sample_rate_hz": SAMPLE_RATE_HZ}
        return json.dumps(described).encode()

    def _write(self, block: Block) -> None:
        """A full disk ends the recording, never the pace: what else plays by it goes on."""
        if self._file is None:
            return
        try:
            self._file.write(block)
            self._unflushed += 1
            if self._unflushed >= FLUSH_BLOCKS:
                self._file.flush()
                self._unflushed = 0
        except (OSError, soundfile.SoundFileError, AssertionError) as error:
            # soundfile asserts that all frames were written; a full disk breaks that.
            self._file = None
            if self._fault is not None:
                self._fault(f"{self._path.name} cannot be written any more: {error}")
