"""What several attacks do: connect again and again, and send as fast as the other side reads."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from .campaign import BrokenError
from .scene import Scene
from .wire import STRANGER, Client

__all__ = ["at_once", "connect_and_leave", "crowd", "drip", "pour", "repeat", "send_without_end"]


async def repeat(scene: Scene, action: Callable[[], Awaitable[None]], *, tasks: int = 4) -> int:
    """Call an action again and again in several tasks until the flood's time is over.

    Return the number of calls. An ``OSError`` of the action is ignored.
    """
    count = 0

    async def one() -> None:
        nonlocal count
        while scene.goes_on:
            count += 1
            with contextlib.suppress(OSError):
                await action()
            await asyncio.sleep(0)

    await at_once(one() for _ in range(tasks))
    return count


async def pour(
    scene: Scene,
    block: bytes,
    *,
    connections: int = 4,
    reads: bool = True,
    first: bytes = b"",
    port: int | None = None,
    source: str = STRANGER,
) -> int:
    """Send a block again and again until the flood's time is over, on several connections.

    A connection that breaks is replaced. Return the number of attempts to connect.
    """
    to = scene.bridge.port if port is None else port

    async def once() -> None:
        connecting = Client.connect(to, source=source, receive_bytes=None if reads else 4096)
        async with await connecting as client:
            reading = asyncio.create_task(_drain(client)) if reads else None
            try:
                await client.send(first)
                while scene.goes_on:
                    await client.send(block, within_s=1)
            finally:
                if reading:
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)

    return await repeat(scene, once, tasks=connections)


async def _drain(client: Client) -> None:
    while await client.read(within_s=60):
        pass


async def connect_and_leave(scene: Scene, *, port: int) -> None:
    """Connect and leave at once, with and without a reset, as fast as eight programs can."""

    async def once() -> None:
        (await Client.connect(port)).reset()
        (await Client.connect(port)).close()

    await repeat(scene, once, tasks=8)


async def send_without_end(
    scene: Scene, requests: Sequence[tuple[bytes, bytes]], *, port: int
) -> None:
    """Send requests that never end, from eight programs.

    Each request is a pair: its beginning, and the bytes that are then sent again and again.
    """
    numbers = itertools.count()

    async def once() -> None:
        first, more = requests[next(numbers) % len(requests)]
        async with await Client.connect(port) as client:
            await client.send(first)
            while scene.goes_on:
                await client.send(more, within_s=1)

    await repeat(scene, once, tasks=8)


@asynccontextmanager
async def crowd(
    count: int, *, port: int, say: bytes = b"", source: str = STRANGER
) -> AsyncIterator[list[Client]]:
    """Keep many connections open, each of which has sent ``say``.

    The other side may have closed some of them.
    """
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(count):
            with contextlib.suppress(OSError):
                client = await stack.enter_async_context(await Client.connect(port, source=source))
                clients.append(client)
                if say:
                    await client.send(say)
        yield clients


async def drip(
    begin: bytes,
    *,
    port: int,
    count: int,
    dripping: int,
    piece: bytes = b" ",
    within_s: float,
    source: str = STRANGER,
) -> None:
    """Send the beginning of ``count`` requests, and expect that all connections end in time.

    After that, ``dripping`` of the connections go on: each sends ``piece`` every 100 ms.
    """
    async with crowd(count, port=port, say=begin, source=source) as clients:

        async def until_end(client: Client) -> None:
            try:
                async with asyncio.timeout(within_s):
                    while await client.read(within_s=within_s):
                        pass
            except TimeoutError:
                raise BrokenError(f"a connection stays for more than {within_s:g} s") from None

        async def go_on(client: Client) -> None:
            reading = asyncio.create_task(until_end(client))
            while not reading.done():
                try:
                    await client.send(piece)
                except OSError:
                    break
                await asyncio.wait({reading}, timeout=0.1)
            await reading

        await at_once(
            [go_on(each) for each in clients[-dripping:]]
            + [until_end(each) for each in clients[:-dripping]]
        )


async def at_once(tasks: Iterable[Awaitable[object]]) -> None:
    """Run several tasks to their end. When one fails, cancel the others."""
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(_run(task))


async def _run(task: Awaitable[object]) -> None:
    await task
