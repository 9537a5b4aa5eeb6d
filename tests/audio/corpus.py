"""Forty and more recordings as different as what a commune uploads, from fixed seeds and the real speech engine."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.audio.sounds import RATE_HZ, Line, noise, silence, sine, speech

TEXTS = (
    "Về việc tiêm phòng cho gia súc, gia cầm vụ thu đông năm nay, đề nghị các hộ chăn nuôi đăng ký với trưởng thôn.",
    "Dự báo thời tiết: đêm nay và ngày mai có mưa to đến rất to, đề phòng lũ quét và sạt lở đất ở vùng núi.",
    "Mời các hộ dân ở bản Nà Cang, Nà Lào, Phương Quang về họp tại nhà văn hóa lúc bảy giờ tối nay.",
)


def scaled(line: Line, gain_db: float) -> Line:
    louder: Line = line * np.float32(10 ** (gain_db / 20))
    return louder


def tremolo(line: Line, rate_hz: float, depth: float) -> Line:
    at = np.arange(len(line)) / RATE_HZ
    moving: Line = (line * (1 - depth / 2 + depth / 2 * np.sin(2 * np.pi * rate_hz * at))).astype(np.float32)
    return moving


def music(seconds: float, *, seed: int, level_dbfs: float = -18, attack: float = 0.01) -> Line:
    """Plucked chords and a bass over a steady beat."""
    rng = np.random.default_rng(seed)
    out = silence(seconds)
    step = RATE_HZ // 4
    for index, first in enumerate(range(0, len(out) - 2 * RATE_HZ, step)):
        root = 110 * 2 ** (rng.choice([0, 3, 5, 7, 10]) / 12)
        for ratio in (1, 1.5, 2, 2.52) if index % 2 == 0 else (2, 3, 4):
            at = np.arange(2 * RATE_HZ) / RATE_HZ
            shape = np.minimum(1, at / attack) * np.exp(-at * 3)
            tone = sum(np.sin(2 * np.pi * root * ratio * k * at) / k**1.5 for k in range(1, 7))
            out[first : first + 2 * RATE_HZ] += (shape * tone * 0.2).astype(np.float32)
    return scaled(out, level_dbfs - 20 * np.log10(float(np.sqrt(np.mean(out**2)))))


def pink(seconds: float, level_dbfs: float, *, seed: int) -> Line:
    white = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    spectrum = np.fft.rfft(white)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    line = np.fft.irfft(spectrum, len(white))
    shaped: Line = (line / np.sqrt(np.mean(line**2)) * 10 ** (level_dbfs / 20)).astype(np.float32)
    return shaped


def chime(seconds: float, level_dbfs: float) -> Line:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    notes = sum(
        np.where(at >= start, np.sin(2 * np.pi * hz * at) * np.exp(-np.clip(at - start, 0, None) * 4), 0)
        for start, hz in ((0, 659), (0.35 * seconds, 523), (0.6 * seconds, 784))
    )
    line: Line = (np.asarray(notes) * 10 ** (level_dbfs / 20)).astype(np.float32)
    return line


def room(line: Line, seconds: float, *, seed: int) -> Line:
    """The same in a reverberant hall."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tail = np.random.default_rng(seed).standard_normal(len(at)) * np.exp(-6.9 * at / seconds) * 0.03
    tail[0] = 1
    size = len(line) + len(tail)
    wet: Line = np.fft.irfft(np.fft.rfft(line, size) * np.fft.rfft(tail, size), size)[: len(line)].astype(np.float32)
    return wet


def _voices(folder: Path) -> dict[str, Line]:
    wanted = {
        "north": ("vi", 150, 50, 0),
        "central": ("vi-vn-x-central", 140, 40, 1),
        "south": ("vi-vn-x-south", 160, 60, 2),
        "low": ("vi", 130, 15, 1),
        "high": ("vi", 170, 85, 2),
        "fast": ("vi", 260, 50, 0),
        "english": ("en", 150, 45, 0),
    }
    return {
        name: speech(folder / f"{name}.wav", text=TEXTS[text], language=tag, words_per_minute=pace, pitch=pitch)
        for name, (tag, pace, pitch, text) in wanted.items()
    }


def corpus(folder: Path) -> Iterator[tuple[str, Line]]:
    """Name and sound, (n,) or (2, n) at 48 kHz."""
    voices = _voices(folder)
    yield from ((f"voice-{name}", line) for name, line in voices.items())
    north, south = voices["north"], voices["south"]
    yield from ((f"level{level:+d}", scaled(north, level)) for level in (-15, -10, -5))
    yield from ((f"clipped-{gain}", np.clip(scaled(south, gain), -1, 1)) for gain in (6, 12, 20))
    yield from ((f"noisy-{snr}", north + pink(len(north) / RATE_HZ, -19 - snr, seed=snr)) for snr in (10, 20, 30))
    yield from ((f"room-{index}", room(north, 0.4 * index, seed=index)) for index in (1, 2, 4))
    yield from (
        (f"music-{seed}", music(15, seed=seed, level_dbfs=level)) for seed, level in ((1, -12), (2, -20), (3, -28))
    )
    yield from (
        (f"over-music-{level}", south + music(len(south) / RATE_HZ, seed=4, level_dbfs=level)) for level in (-26, -34)
    )
    yield from ((f"tone-{hz}", sine(hz, 5, level)) for hz, level in ((440, -6), (1000, -20), (3000, -12), (7000, -18)))
    yield "two-tones", sine(853, 6, -9) + sine(960, 6, -9)
    yield "sweep", sweep(8, -12)
    yield "white", noise(6, -20)
    yield "pink", pink(8, -22, seed=9)
    yield "bursts", tremolo(pink(10, -18, seed=11), 3, 1.9)
    yield from ((f"chime-{seconds}", chime(seconds, -12)) for seconds in (0.5, 1.0, 2.0, 4.0))
    yield "word", north[RATE_HZ // 10 : RATE_HZ]
    yield "hum", north + sine(50, len(north) / RATE_HZ, -32) + sine(150, len(north) / RATE_HZ, -38)
    yield "offset", north * np.float32(0.5) + np.float32(0.1)
    yield "two-talkers", np.concatenate([north, scaled(south, -14), voices["low"], scaled(voices["high"], -10)])
    yield "out-of-phase", np.stack([north, -north])
    yield "one-side", np.stack([north, np.zeros_like(north)])
    yield "wide", np.stack([north, south[: len(north)] if len(south) >= len(north) else np.resize(south, len(north))])
    yield "claps", claps(north)
    yield "pauses", np.concatenate([np.concatenate([part, silence(3)]) for part in np.array_split(north, 4)])


def sweep(seconds: float, level_dbfs: float) -> Line:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    rate = np.log(12_000 / 80) / seconds
    line: Line = (np.sin(2 * np.pi * 80 / rate * np.expm1(rate * at)) * 10 ** (level_dbfs / 20)).astype(np.float32)
    return line


def claps(line: Line) -> Line:
    out = scaled(line, -10).copy()
    rng = np.random.default_rng(12)
    for first in rng.integers(0, len(out) - 2400, 12):
        burst = rng.standard_normal(1200) * np.exp(-np.arange(1200) / 150) * 0.5
        out[first : first + 1200] += burst.astype(np.float32)
    clipped: Line = np.clip(out, -1, 1)
    return clipped
