"""A program that ends while a websocket waits for the answer to its close frame."""

import asyncio
import gc
import threading
from collections.abc import Iterator

import pytest
from websockets.asyncio.server import ServerConnection, serve

from ports import free_port
from transports import QUIET, open_at


async def reads_nothing(connection: ServerConnection) -> None:
    connection.transport.pause_reading()
    await connection.wait_closed()


@pytest.fixture
def silent_server() -> Iterator[int]:
    """Start a server that answers no close frame, in its own event loop; return its port."""
    loop, port = asyncio.new_event_loop(), free_port()
    listening = threading.Event()

    async def run() -> None:
        async with serve(reads_nothing, "127.0.0.1", port, close_timeout=0.1, logger=QUIET):
            listening.set()
            await asyncio.get_running_loop().create_future()

    serving = loop.create_task(run())

    def until_cancelled() -> None:
        loop.run_until_complete(asyncio.wait([serving]))

    thread = threading.Thread(target=until_cancelled)
    thread.start()
    listening.wait()
    yield port
    loop.call_soon_threadsafe(serving.cancel)
    thread.join()
    loop.close()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_an_event_loop_that_was_closed_meanwhile_is_no_error(silent_server: int) -> None:
    loop = asyncio.new_event_loop()
    transport = loop.run_until_complete(open_at(f"ws://127.0.0.1:{silent_server}"))
    closing = transport.close()
    task = loop.create_task(closing)
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()

    closing.close()  # as Python does with a coroutine that is not run to its end

    assert not task.done()
    del task, transport
    gc.collect()
