"""For nights: a station broadcasts again and again while whoever chance names is killed.

    python -m tests.system.soak --hours 8

One JSON line a round: who was killed, how long before the start, the memory of every process. It ends with status 1 at
the first village that did not hear its language on time, and keeps the folder of that round.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from tests.system.hearing import heard
from tests.system.station import Server, Village, World, world
from tests.system.test_broadcast import LIKE, MILLISECOND, asset_of, fetched, station_of_three, wait_for

VICTIMS = ("nobody", "broker", "server", "receiver")


def strike(victim: str, server: Server, villages: dict[str, Village], chance: random.Random) -> None:
    if victim == "server":
        server.program.kill()
        server.start()
    elif victim == "broker":
        server.broker().send_signal(signal.SIGKILL)
    elif victim == "receiver":
        village = villages[chance.choice(sorted(villages))]
        village.program.kill()
        village.start()


def broadcast(
    server: Server, station: str, villages: dict[str, Village], item: dict[str, object], chance: random.Random
) -> dict[str, object]:
    """One round; raises AssertionError where a village did not hear its language on time."""
    lead_s = chance.uniform(12, 25)
    starts = server.place(station, str(item["id"]), in_seconds=lead_s)
    fetched(villages)
    victim = chance.choice(VICTIMS)
    until_start = (starts - datetime.now(UTC)).total_seconds()
    before_s = chance.uniform(4, max(4.5, until_start))
    wait_for(starts - timedelta(seconds=before_s))
    strike(victim, server, villages, chance)
    wait_for(starts, and_seconds=5)
    for language, village in villages.items():
        sound = heard(village.folder / "heard.wav", asset_of(server, item, language))
        assert sound.likeness > LIKE, f"{language}: likeness {sound.likeness:.3f}"
        assert abs(sound.started - starts) < MILLISECOND + village.clock_error(), (
            f"{language}: {(sound.started - starts) / MILLISECOND:+.3f} ms off"
        )
    memory = {name: psutil.Process(v.program.pid).memory_info().rss // 1_000_000 for name, v in villages.items()}
    memory["server"] = psutil.Process(server.program.pid).memory_info().rss // 1_000_000
    return {"victim": victim, "before_start_s": round(before_s, 1), "memory_mb": memory}


def soak(loa: World, folder: Path, *, until_s: float, chance: random.Random) -> int:
    server, station, villages, item = station_of_three(loa, folder)
    rounds = 0
    while time.monotonic() < until_s:
        # A fresh recording each round, so that what is searched stays short.
        for village in villages.values():
            village.program.signal()
            village.start()
        told = broadcast(server, station, villages, item, chance)
        rounds += 1
        print(json.dumps({"round": rounds, **told}), flush=True)
    return rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    words = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="loa-soak-"))
    print(json.dumps({"seed": words.seed, "folder": str(folder)}), flush=True)
    end = time.monotonic() + words.hours * 3600
    with world(folder) as loa:
        try:
            rounds = soak(loa, folder, until_s=end, chance=random.Random(words.seed))
        except AssertionError as error:
            print(json.dumps({"failed": str(error), "folder": str(folder)}), flush=True)
            sys.exit(1)
    print(json.dumps({"rounds": rounds, "failures": 0}), flush=True)


if __name__ == "__main__":
    main()
