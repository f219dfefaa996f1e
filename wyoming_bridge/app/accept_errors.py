"""Logs once a minute that no more clients can be accepted.

Without it, asyncio logs a traceback every second.
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
"""With these, asyncio waits for a second and then accepts again."""


class AcceptErrors:
    """An exception handler of the event loop, which passes other errors to the default handler."""

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
            _log.error(
                "no more clients can connect: %s; raise the limit of open files (LimitNOFILE of "
                "the service, or ulimit -n)",
                reason_of(error),
            )
