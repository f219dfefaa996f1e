"""Polls the state of another process, which cannot set an event, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

__all__ = ["eventually"]

_POLL_S: Final = 0.05


async def eventually[T](
    look: Callable[[], Awaitable[T | None]], *, within_s: float, what: str
) -> T:
    """Call ``look`` until its result is not None, and return the result.

    Raises:
        TimeoutError: There was no result within ``within_s``; the message contains ``what``.
    """
    try:
        async with asyncio.timeout(within_s):
            while (found := await look()) is None:  # noqa: ASYNC110 - another process sets no event
                await asyncio.sleep(_POLL_S)
            return found
    except TimeoutError:
        raise TimeoutError(f"{what}: not within {within_s:g} s") from None
