"""Lets the kernel run executables of another processor architecture, with qemu."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .machines import MACHINES, own_arch
from .podman import run

__all__ = ["emulated"]

_REGISTRY: Final = Path("/proc/sys/fs/binfmt_misc")


@contextmanager
def emulated(arch: str) -> Iterator[None]:
    """Let executables of an architecture run during the block.

    At the end of the block, everything that this function switched on is switched off.

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
