"""The processors that images are built for."""

import platform
from typing import Final

__all__ = ["MACHINES", "own_arch"]

MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
"""The architectures that are tried: the name that Debian and containers use, and the kernel's."""


def own_arch() -> str:
    """Return the architecture of this machine.

    Raises:
        KeyError: There is no image for this machine.
    """
    return {machine: arch for arch, machine in MACHINES.items()}[platform.machine()]
