"""What a finished asset must be for each kind of listening: data, not code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Codec = Literal["opus", "mp3", "flac", "wav", "alaw"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of listening. Levels in LUFS and dBTP (ITU-R BS.1770-5), frequencies in Hz, times in ms."""

    name: str
    purpose: str
    target_lufs: float = -16.0
    true_peak_dbtp: float = -1.5
    codec: Codec = "opus"
    sample_rate_hz: int = 48_000
    bit_rate: int = 32_000
    frame_ms: int = 20
    complexity: int = 10
    high_pass_hz: float = 30.0
    max_gain_db: float = 20.0
    # Voices are lopsided: their pulses pile up on one side. Turning the phase of the low frequencies spreads them in
    # time, which takes half of the limiter's work away where that would be over 18 dB (docs/audio.md). 0: never.
    rotate_phase_hz: float = 0.0
    # A high shelf over 1.5 kHz, where consonants are: at the same loudness more of them is left over rain and echo.
    presence_db: float = 0.0
    # Brings quiet and loud talkers nearer to each other where they differ by more than 6 LU.
    level_talkers: bool = False
    tolerance_lu: float = 0.2
    # What the codec is expected to add to the peaks; a first encode below the limit saves a second one.
    codec_headroom_db: float = 1.5
    # What the codec takes of the loudness as a rule; the first encode is louder by it.
    codec_loss_lu: float = 0.0


HORN: Final = Profile(
    name="horn",
    purpose="Horn loudspeakers outdoors: speech first, nothing below what the driver can move.",
    high_pass_hz=150.0,
    presence_db=4.0,
    codec_loss_lu=0.45,
    codec_headroom_db=2.7,
    rotate_phase_hz=300.0,
    level_talkers=True,
)

PROFILES: Final[dict[str, Profile]] = {
    profile.name: profile
    for profile in (
        HORN,
        Profile(
            name="indoor",
            purpose="Loudspeakers in rooms and the web player: full range, same loudness.",
            rotate_phase_hz=300.0,
        ),
        Profile(
            name="r128",
            purpose="Exchange with radio stations: EBU R 128.",
            target_lufs=-23.0,
            true_peak_dbtp=-1.0,
            bit_rate=48_000,
        ),
        Profile(
            name="telephone",
            purpose="Voice messages by telephone: 8 kHz G.711 A-law in a WAV file.",
            codec="alaw",
            sample_rate_hz=8_000,
            high_pass_hz=200.0,
            rotate_phase_hz=300.0,
            level_talkers=True,
        ),
        Profile(
            name="web",
            purpose="Old devices and web pages without Opus: MP3, mono.",
            codec="mp3",
            bit_rate=96_000,
            rotate_phase_hz=300.0,
        ),
        Profile(
            name="master", purpose="The levelled master for the archive: FLAC.", codec="flac", codec_headroom_db=0.1
        ),
    )
}
