"""A parent to kill: keeps a broker running and says the child's pid. Arguments: the folder."""

import asyncio
import sys
from pathlib import Path

from tests.bus.station import running_station


async def main(folder: Path) -> None:
    async with running_station(folder) as station:
        print(station.broker.pid, flush=True)
        await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1])))
