"""Short stacks in asyncio's debug mode, which keeps the stack of each callback, task and future.

With whole stacks, the tests that run in debug mode take twice as much CPU time.
"""

import asyncio.constants
import traceback

_DEPTH = 2


def shorten() -> None:
    """Let asyncio keep only the innermost frames.

    Tasks and futures are written in C, and call ``traceback.extract_stack`` without a limit. They
    look the function up when asyncio is imported, so its default is changed.
    """
    asyncio.constants.DEBUG_STACK_DEPTH = _DEPTH
    traceback.extract_stack.__defaults__ = (None, _DEPTH)
