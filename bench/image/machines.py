"""The processors that images are built for."""

import platform
from typing import Final

__all__ = ["MACHINES", "own_arch"]

MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
"""The architectures that are tried, as Debian and containers call them, and as the kernel does."""


def own_arch() -> str:
    """Return the architecture of this machine.

    Raises:
        KeyError: There is no image for it.
    """
    return {machine: arch for arch, machine in MACHINES.items()}[platform.machine()]
