"""Runs a command in namespaces of its own, of which nothing is left at the end."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from .podman import ROOT

__all__ = ["in_namespaces"]


@contextmanager
def in_namespaces(
    command: Sequence[str], *, own_network: bool
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in its own namespaces during the block; at the end of the block, kill it.

    The processes and the mounts of the command, such as containers, are gone after the block. They
    also end if this process is killed.
    """
    unshare = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
    unshare += ["--mount-proc", *(["--net"] if own_network else [])]
    with subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *unshare, *command], cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            _end(process)


def _end(unshare: subprocess.Popen[bytes]) -> None:
    """Kill all processes in the namespaces, and wait until they have ended.

    The kernel kills them with the first process of the namespaces, and lets that one end last. So
    kill that one, and let ``unshare`` wait for it. Processes that have not ended yet could still
    write to a folder that the caller deletes.
    """
    if unshare.poll() is None:
        children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children").read_text().split()
        for pid in [int(each) for each in children] or [unshare.pid]:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(pid, signal.SIGKILL)
        unshare.wait()
