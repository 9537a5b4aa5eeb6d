"""Sounds for the tests, all made from fixed seeds or spoken by the real engine."""

from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream

from audio_pipeline.speech import speak

RATE_HZ = 48_000
LOSSY = frozenset({"aac", "libmp3lame", "mp3", "libopus", "opus", "libvorbis", "vorbis", "wmav2"})
Line = npt.NDArray[np.float32]

TEXT = (
    "Kính thưa bà con, hôm nay Ủy ban nhân dân xã thông báo về chương trình giảm nghèo bền vững. "
    "Từ ngày mai, cán bộ xã đến từng thôn bản để hướng dẫn bà con làm hồ sơ vay vốn. Mời bà con chú ý theo dõi."
)


def sine(frequency_hz: float, seconds: float, level_dbfs: float, *, rate_hz: int = RATE_HZ, phase: float = 0.0) -> Line:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    wave: Line = (10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency_hz * at + phase)).astype(np.float32)
    return wave


def noise(seconds: float, level_dbfs: float, *, seed: int = 1) -> Line:
    line = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ)) * 10 ** (level_dbfs / 20)
    return line.astype(np.float32)


def silence(seconds: float) -> Line:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.float32)


def write(
    path: Path, lines: npt.NDArray[np.float32], *, rate_hz: int = RATE_HZ, codec: str = "", **options: str
) -> Path:
    """Encode (n,) or (channels, n) with libavformat; the container by the file's suffix."""
    planes = np.atleast_2d(lines)
    layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[len(planes)]
    with av.open(path, "w") as container:
        default = "pcm_f32le" if path.suffix == ".wav" else container.default_audio_codec
        stream = cast(
            "AudioStream", container.add_stream(codec or default, rate=rate_hz, layout=layout, options=options)
        )
        if stream.codec_context.name in LOSSY:
            stream.bit_rate = 128_000
        interleaved = np.ascontiguousarray(planes.T.reshape(1, -1), np.float32)
        frame = av.AudioFrame.from_ndarray(interleaved, format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate_hz, 0
        resampler = av.AudioResampler(
            stream.format.name, layout, rate_hz, frame_size=stream.codec_context.frame_size or 0
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def read(path: Path) -> Line:
    """Decode to mono float at 48 kHz by libavformat alone, independent of the code under test."""
    resampler = av.AudioResampler("flt", "mono", RATE_HZ)
    with av.open(path) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    line: Line = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    return line


def speech(path: Path, *, text: str = TEXT, language: str = "vi", words_per_minute: int = 150, pitch: int = 50) -> Line:
    """Real synthetic speech as (n,) at 48 kHz."""
    speak(text, path, language=language, words_per_minute=words_per_minute, pitch=pitch)
    return read(path)
