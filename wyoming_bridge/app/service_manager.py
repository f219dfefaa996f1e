"""Reports the state of this process to the service manager that started it, such as systemd.

The protocol is that of ``sd_notify(3)``: a datagram of ``NAME=value`` lines to a Unix socket.
"""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from ..errors import one_line, reason_of

__all__ = ["ServiceManager"]

_log = logging.getLogger(__name__)

_EXTEND_EVERY_S: Final = 20.0
_EXTEND_BY_S: Final = 60.0
"""Three times the time between two requests, so that a busy process may miss some of them."""


class ServiceManager:
    """The service manager of this process. If there is no service manager, no report is sent."""

    def __init__(self, environment: Mapping[str, str], *, pid: int) -> None:
        """Read the variables that the service manager has set. ``pid`` is this process's id."""
        address = environment.get("NOTIFY_SOCKET", "")
        # The name of an abstract socket begins with a zero byte, which the variable shows as "@".
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket: socket.socket | None = None
        if address:
            # The socket stays open, so that reports can be sent even if the bridge can open no more
            # files.
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)  # clients must not wait for a busy service manager
        self._has_failed = False
        self.watchdog_s = _watchdog_s(environment, pid=pid) if address else None
        """The longest time between two calls of ``alive``, in seconds; None without a watchdog.

        If ``alive`` is not called in time, the service manager restarts this process.
        """

    @asynccontextmanager
    async def starting(self) -> AsyncIterator[None]:
        """Ask for more time again and again while the block starts or replaces the bridge.

        Each part of a start has its own time limit, but how many parts there are depends on the
        configuration. So the service manager cannot have one limit for all of them.
        """
        extending = asyncio.create_task(self._extend(), name="extend the time of the start")
        try:
            yield
        finally:
            extending.cancel()
            await asyncio.gather(extending, return_exceptions=True)

    async def _extend(self) -> None:
        while True:
            await asyncio.sleep(_EXTEND_EVERY_S)
            self._notify(EXTEND_TIMEOUT_USEC=str(round(_EXTEND_BY_S * 1e6)))

    def ready(self, status: str) -> None:
        """Report that the start or the reload is complete."""
        self._notify(READY="1", STATUS=status)

    def reloading(self) -> None:
        """Report that the configuration is being read again. Call ``ready`` afterwards."""
        self._notify(RELOADING="1", MONOTONIC_USEC=str(time.monotonic_ns() // 1000))

    def stopping(self) -> None:
        """Report that the process is about to end."""
        self._notify(STOPPING="1", STATUS="Stopping")

    def alive(self, status: str) -> None:
        """Report that the process works."""
        self._notify(WATCHDOG="1", STATUS=status)

    def failing(self, status: str) -> None:
        """Report why the process does not work."""
        self._notify(STATUS=status)

    def close(self) -> None:
        """Close the socket. Later reports are not sent."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def _notify(self, **values: str) -> None:
        if self._socket is None:
            return
        message = "\n".join(f"{name}={one_line(value)}" for name, value in values.items())
        try:
            self._socket.sendto(message.encode(), self._address)
        except OSError as err:
            if not self._has_failed:
                _log.warning("the service manager cannot be reached: %s", reason_of(err))
            self._has_failed = True


def _watchdog_s(environment: Mapping[str, str], *, pid: int) -> float | None:
    """Return the time limit of the watchdog in seconds; None if this process has no such limit."""
    if environment.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    with suppress(ValueError):
        return int(environment.get("WATCHDOG_USEC", "")) / 1e6 or None
    return None
