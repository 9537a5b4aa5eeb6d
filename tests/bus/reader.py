"""Someone who reads a subscription in the background and keeps what came."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress

from server.bus.port import Bus, Message


class Reader:
    def __init__(self) -> None:
        self.got: list[Message] = []
        self._more = asyncio.Condition()

    async def take(self, bus: Bus, topic_filter: str) -> None:
        async for message in bus.subscribe(topic_filter):
            self.got.append(message)
            async with self._more:
                self._more.notify_all()

    async def until(self, enough: Callable[[list[Message]], bool]) -> list[Message]:
        async with asyncio.timeout(10), self._more:
            await self._more.wait_for(lambda: enough(self.got))
        return self.got

    async def of(self, topic: str) -> Message:
        """The last message of a topic, waited for."""
        got = await self.until(lambda got: any(one.topic == topic for one in got))
        return [one for one in got if one.topic == topic][-1]


@asynccontextmanager
async def reading(bus: Bus, topic_filter: str) -> AsyncIterator[Reader]:
    reader = Reader()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(reader.take(bus, topic_filter))
        yield reader
        task.cancel()


async def keep(bus: Bus, topic: str, payload: bytes) -> None:
    """Publish retained state, and wait until a new reader gets it: nats-server acknowledges a little before that."""
    await bus.publish(topic, payload, retain=True)
    while True:
        async with aclosing(bus.subscribe(topic)) as messages:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    if (await anext(messages)).payload == payload:
                        return
