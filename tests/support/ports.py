"""Ports of loopback for tests, of which several processes run at the same time."""

import itertools
import os
import socket
from contextlib import suppress

_PORTS = itertools.count(10_000 + 64 * os.getpid() % 20_000)
"""Each process counts from a place of its own, below the ports that the kernel gives to
connections: a program may take seconds until it listens, and the port must stay free."""


def free_port() -> int:
    """Return a port at which no program listens, and that no other test is given."""
    while True:
        port = next(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
