"""Lets the kernel run the programs of another processor with qemu."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .podman import run

__all__ = ["MACHINES", "emulated", "own_arch"]

MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
"""The kernel's name of each architecture of Debian and of containers that is tried."""

_REGISTRY: Final = Path("/proc/sys/fs/binfmt_misc")


def own_arch() -> str:
    """Return the architecture of this machine.

    Raises:
        KeyError: There is no image for it.
    """
    return {machine: arch for arch, machine in MACHINES.items()}[platform.machine()]


@contextmanager
def emulated(arch: str) -> Iterator[None]:
    """Let programs of an architecture run during the block.

    What was switched on is switched off at the end.

    Raises:
        FailedError: qemu or binfmt-support does not work.
    """
    if arch == own_arch():
        yield
        return
    is_mounted = (_REGISTRY / "register").exists()
    if not is_mounted:
        run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(_REGISTRY)])
    name = f"qemu-{MACHINES[arch]}"
    is_enabled = (_REGISTRY / name).exists()
    try:
        if not is_enabled:
            run(["update-binfmts", "--enable", name])
        yield
    finally:
        if not is_enabled:
            run(["update-binfmts", "--disable", name])
        if not is_mounted:
            run(["umount", str(_REGISTRY)])
