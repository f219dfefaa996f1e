"""Runs a function in a thread of its own.

``asyncio.to_thread`` would load a pool, whose thread stays in memory as long as the bridge runs.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

__all__ = ["in_thread"]

ValueT = TypeVar("ValueT")


async def in_thread(function: Callable[[], ValueT], *, name: str) -> ValueT:
    """Run a function in a thread, and return its result. A cancellation does not end the thread.

    Raises:
        Exception: The function raised this error.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[ValueT] = loop.create_future()

    def run() -> None:
        try:
            settle = partial(_settle, done, value=function())
        except Exception as err:  # noqa: BLE001 - the caller gets it
            settle = partial(_settle, done, error=err)
        with suppress(RuntimeError):  # the loop was closed in the meantime
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done


def _settle(
    done: "asyncio.Future[ValueT]",
    *,
    value: "ValueT | None" = None,
    error: Exception | None = None,
) -> None:
    if done.cancelled():
        return
    if error:
        done.set_exception(error)
    else:
        done.set_result(value)  # type: ignore[arg-type]  # None only if the function returned it
