"""Logs at most once per minute that no more clients can be accepted.

By default, asyncio tries again every second, and logs a traceback for each attempt that fails.
"""

import asyncio
import errno
import logging
from typing import Final

from ..errors import reason_of

__all__ = ["AcceptErrors"]

_log = logging.getLogger(__name__)

_QUIET_S: Final = 60.0

_OUT_OF_RESOURCES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""The errors after which the servers of the bridge and of asyncio try again every second."""


_MORE_FILES: Final = "; raise the limit of open files (LimitNOFILE of the service, or ulimit -n)"


class AcceptErrors:
    """An exception handler of the event loop that limits how often failed accepts are logged.

    Every other error goes to the default handler.
    """

    def __init__(self) -> None:
        self._logged_at: float | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Handle an error that the loop reports."""
        error = context.get("exception")
        is_accept = isinstance(error, OSError) and "accept" in str(context.get("message"))
        if not is_accept or not isinstance(error, OSError) or error.errno not in _OUT_OF_RESOURCES:
            loop.default_exception_handler(context)
        elif self._logged_at is None or loop.time() - self._logged_at >= _QUIET_S:
            self._logged_at = loop.time()
            advice = _MORE_FILES if error.errno == errno.EMFILE else ""
            _log.error("no more clients can connect: %s%s", reason_of(error), advice)
