"""Free ports of the loopback interface, for tests that run in several processes at once."""

import fcntl
import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

_FIRST, _LAST = 10_000, 31_999
"""Below the kernel's ports for connections, so that a port stays free until a server listens."""

_LATEST = Path(tempfile.gettempdir()) / f"wyoming-bridge-test-port-{os.getuid()}"
"""The file with the port that was taken last, which all test processes of the user share."""


def free_port() -> int:
    """Return a port at which no server listens, and which no other test gets.

    So a server can stop and start again at its port, and no other server answers there meanwhile.
    """
    while True:
        port = _next()
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _next() -> int:
    with _LATEST.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        latest = int(file.read() or _LAST)
        port = latest + 1 if latest < _LAST else _FIRST
        file.truncate(0)
        file.write(str(port))
    return port
