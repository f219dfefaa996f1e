"""A function that runs in a thread of its own."""

import asyncio
import threading

import pytest

from wyoming_bridge.app.short_thread import in_thread


async def test_the_result_is_that_of_the_function_in_another_thread() -> None:
    thread = await in_thread(threading.current_thread, name="a short one")

    assert thread is not threading.current_thread()
    assert thread.name == "a short one"


async def test_a_result_of_none_is_returned() -> None:
    assert await in_thread(lambda: None, name="nothing") is None


async def test_an_error_of_the_function_is_raised() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await in_thread(fail, name="failing")


async def test_a_cancelled_call_is_not_disturbed_by_its_result() -> None:
    gate, finished = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait() -> None:
        gate.wait()
        loop.call_soon_threadsafe(finished.set)

    call = asyncio.create_task(in_thread(wait, name="waiting"))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    gate.set()
    await finished.wait()
    await asyncio.sleep(0)
