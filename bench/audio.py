"""`make bench-audio`: time, memory and accuracy of the intake, each beside its rival in the same run.

With no argument all families; else those named: time, memory, accuracy, understanding.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av
import numpy as np

from audio_pipeline import wav
from audio_pipeline.horn_path import intelligibility
from audio_pipeline.measure import measure
from bench.figures import figure, median, say
from bench.processes import Cost, cost
from tests.audio.corpus import corpus, music, pink, scaled
from tests.audio.sounds import RATE_HZ, Line, speech, write

RUNS = 5
TEN_MINUTES_S = 600
BARE = Path(__file__).with_name("bare_opus.py")
NORMALIZE = Path(".venv-bench/bin/ffmpeg-normalize")


def prepared(source: Path, target: Path) -> list[str]:
    return [sys.executable, "-m", "audio_pipeline", "prepare", str(source), str(target), "--json"]


def normalized(source: Path, target: Path) -> list[str]:
    """The same target, limit, codec, rate and complexity as the profile `horn`."""
    level = ["-t", "-16", "-tp", "-1.5"]
    codec = ["-c:a", "libopus", "-b:a", "32k", "-ar", "48000", "-e", "-ac 1 -compression_level 10"]
    return [str(NORMALIZE), str(source), "-o", str(target), *level, *codec, "-f", "-q"]


def programmes(folder: Path) -> list[Path]:
    """Ten programmes of ten minutes, nine of them as an officer would upload them and one that is only noise."""
    lines = {name: line for name, line in corpus(folder) if line.ndim == 1}
    talk = [lines[name] for name in ("voice-north", "voice-south", "voice-high", "voice-english", "voice-low")]
    seconds = TEN_MINUTES_S

    def of(*parts: Line) -> Line:
        joined = np.concatenate(parts)
        return np.resize(joined, seconds * RATE_HZ)

    made = {
        "talk.wav": of(*talk),
        "talk.mp3": of(*talk),
        "quiet.mp3": scaled(of(talk[0], talk[1]), -12),
        "loud.wav": np.clip(scaled(of(talk[1], talk[2]), 6), -1, 1),
        "music.mp3": of(music(40, seed=8, level_dbfs=-16)),
        "talk-over-music.mp3": scaled(of(*talk) + of(music(40, seed=9, level_dbfs=-34)), -3),
        "hiss.wav": of(*talk) + pink(seconds, -48, seed=3),
        "two-talkers.mp3": of(talk[0], scaled(talk[2], -9)),
        "stereo.wav": np.stack([of(*talk), scaled(of(*talk), -3)]),
        "noise.wav": pink(seconds, -20, seed=5),
    }
    found = []
    for name, line in made.items():
        say(f"making {name}")
        rate_options: Any = {"b": "192000"} if name.endswith("mp3") else {}
        codec = "" if name.endswith("mp3") else "pcm_s16le"
        found.append(write(folder / name, line, codec=codec, **rate_options))
    return found


def timed(folder: Path) -> bool:
    """Whole processes, turn by turn with the rivals, so that whatever else the machine does meets all alike."""
    kept = True
    ratios, encodes = [], []
    for source in programmes(folder):
        ours: list[Cost] = []
        bare: list[Cost] = []
        for turn in range(RUNS):
            bare.append(cost([sys.executable, str(BARE), str(source), str(folder / "bare.opus")]))
            ours.append(cost(prepared(source, folder / "ours.opus")))
            say(f"{source.name} {turn + 1}/{RUNS}: {ours[-1].wall_s:.2f} s, bare {bare[-1].wall_s:.2f} s")
        said = json.loads(
            subprocess.run(prepared(source, folder / "ours.opus"), capture_output=True, check=True).stdout
        )
        value, rival = (median([run.wall_s for run in runs]) for runs in (ours, bare))
        ratio = median([mine.wall_s / other.wall_s for mine, other in zip(ours, bare, strict=True)])
        ratios.append(ratio)
        encodes.append(said["encodes"])
        limit = "<= 1.25" if said["encodes"] == 1 else "<= 2.3"
        name = f"intake of 10 min, {source.name}, {said['encodes']} encode"
        figure(
            f"{name}, of the bare encode",
            ratio,
            "x",
            limit,
            rival="bare PyAV libopus",
            rival_value=rival,
            ratio=ratio,
            runs=RUNS,
        )
        figure(f"{name}, wall", value, "s", runs=RUNS)
        cpu = median([mine.cpu_s / other.cpu_s for mine, other in zip(ours, bare, strict=True)])
        figure(f"{name}, processor time of the bare encode's", cpu, "x", runs=RUNS)
        if source.name in {"talk.wav", "talk.mp3"}:
            kept &= against_normalize(folder, source, value)
    within = sum(ratio <= 1.25 for ratio in ratios)
    kept &= figure("inputs of ten within 1.25 of the bare encode", within, "inputs", ">= 9", runs=RUNS)
    kept &= figure("slowest input, of the bare encode", max(ratios), "x", "<= 2.3", runs=RUNS)
    return kept & figure("most encodes for one input", max(encodes), "encodes", "<= 2")


def against_normalize(folder: Path, source: Path, ours_s: float) -> bool:
    if not NORMALIZE.exists():
        say("ffmpeg-normalize is not installed: make bench-audio installs it")
        return False
    runs = []
    for turn in range(RUNS):
        runs.append(cost(normalized(source, folder / "rival.opus")).wall_s)
        say(f"ffmpeg-normalize {source.name} {turn + 1}/{RUNS}: {runs[-1]:.2f} s")
    rival = median(runs)
    ratio = ours_s / rival
    return figure(
        f"intake of 10 min, {source.name}, of ffmpeg-normalize",
        ratio,
        "x",
        "<= 0.4",
        rival="ffmpeg-normalize",
        rival_value=rival,
        ratio=ratio,
        runs=RUNS,
    )


def remembered(folder: Path) -> bool:
    """Peak memory for ten minutes and for three hours."""
    line = np.resize(speech(folder / "v.wav"), TEN_MINUTES_S * RATE_HZ)
    short = write(folder / "short.mp3", line, b="192000")
    long = folder / "long.mp3"
    with long.open("wb") as file:
        # MPEG frames stand alone; without the Xing header the eighteen copies are one stream of three hours.
        for _ in range(18):
            file.write(short.read_bytes())
    kept = True
    for name, source in (("10 min", short), ("3 h", long)):
        runs = [cost(prepared(source, folder / "ours.opus")) for _ in range(1 if name == "3 h" else RUNS)]
        say(f"{name}: {runs[-1].peak_mb:.0f} MB, {runs[-1].wall_s:.1f} s")
        kept &= figure(f"peak memory, {name}", max(run.peak_mb for run in runs), "MB", "<= 150", runs=len(runs))
    return kept


def accurate(folder: Path) -> bool:
    """Every recording of the corpus, decoded again; the rival's file measured by the same meter."""
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    encodes = []
    for name, line in corpus(folder):
        source = write(folder / "in.wav", line)
        made = subprocess.run(prepared(source, folder / "out.opus"), capture_output=True, check=True)
        encodes.append(json.loads(made.stdout)["encodes"])
        ours.append(deviation(folder / "out.opus"))
        other = deviation_of_rival(folder, source)
        say(f"{name}: {ours[-1][0]:+.2f} LU, {ours[-1][1]:+.2f} dB; rival {other}")
        theirs += [other] if other else []
    worst, worst_rival = (max((abs(off) for off, _ in runs), default=float("nan")) for runs in (ours, theirs))
    over, over_rival = (max((peak for _, peak in runs), default=float("nan")) for runs in (ours, theirs))
    count, rival = len(ours), f"ffmpeg-normalize ({len(theirs)} of {len(ours)} done)"
    kept = figure("recordings in the corpus", count, "recordings", ">= 40")
    beside: Any = {"rival": rival, "runs": count}
    kept &= figure("worst loudness after decoding", worst, "LU", "<= 0.2", rival_value=worst_rival, **beside)
    kept &= figure("worst true peak over the limit", over, "dB", "<= 0", rival_value=over_rival, **beside)
    off, off_rival = (sum(abs(value) > 0.2 for value, _ in runs) for runs in (ours, theirs))
    kept &= figure("recordings off by more than 0.2 LU", off, "recordings", "<= 0", rival_value=off_rival, **beside)
    again = sum(value > 1 for value in encodes)
    return kept & figure("recordings that needed a second encode", again / count, "share", "<= 0.1", runs=count)


def deviation(path: Path) -> tuple[float, float]:
    """Loudness off the target in LU and true peak over the limit in dB."""
    found = measure(path)
    assert found.integrated_lufs is not None
    assert found.true_peak_dbtp is not None
    return found.integrated_lufs + 16, found.true_peak_dbtp + 1.5


def deviation_of_rival(folder: Path, source: Path) -> tuple[float, float] | None:
    if not NORMALIZE.exists():
        return None
    try:
        cost(normalized(source, folder / "rival.opus"))
        return deviation(folder / "rival.opus")
    except (subprocess.CalledProcessError, av.error.FFmpegError, AssertionError):
        return None


def understood(folder: Path) -> bool:
    """What is understood at 100 m from a horn with echo and rain, before and after the profile `horn`."""
    rises = []
    for name, line in corpus(folder):
        if not name.startswith(("voice", "level", "two-talkers", "noisy")):
            continue
        source = write(folder / "in.wav", line)
        cost(prepared(source, folder / "out.opus"))
        clean = wav.read(source)
        before, after = intelligibility(clean, clean), intelligibility(clean, wav.read(folder / "out.opus"))
        rises.append(after.estoi - before.estoi)
        figure(f"ESTOI in rain, {name}", after.estoi, "", rival="the upload as it is", rival_value=before.estoi)
        figure(f"STOI in rain, {name}", after.stoi, "", rival="the upload as it is", rival_value=before.stoi)
    share = sum(rise > 0 for rise in rises) / len(rises)
    figure("share of recordings whose ESTOI rises", share, "share", ">= 1", runs=len(rises))
    return figure("mean rise of ESTOI", float(np.mean(rises)), "", ">= 0.0001", runs=len(rises))


FAMILIES = {"accuracy": accurate, "memory": remembered, "understanding": understood, "time": timed}


def main(names: list[str]) -> int:
    kept = True
    for name in names or list(FAMILIES):
        folder = Path(tempfile.mkdtemp(prefix="loa-bench-"))
        try:
            kept &= FAMILIES[name](folder)
        finally:
            shutil.rmtree(folder)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
