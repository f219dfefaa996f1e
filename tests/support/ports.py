"""Free ports of the loopback interface, for tests that run in several processes at once."""

import itertools
import os
import socket
from contextlib import suppress

_PORTS = itertools.count(10_000 + 64 * os.getpid() % 20_000)
"""Each process counts from its own first port, below the kernel's ports for connections, so that
a port stays free even if a process takes seconds until it listens."""


def free_port() -> int:
    """Return a port at which no server listens, and which no other test gets."""
    while True:
        port = next(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
