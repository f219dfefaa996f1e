"""Lets emulated containers use the processors before other programs.

With qemu, a sentence takes Moonshine about 30 s on two idle cores, and the bridge gives its
recogniser up after 60 s. So a few other busy programs would be enough to make the trial fail.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..processes import ProcessTree

__all__ = ["EMULATED", "set_priority"]

EMULATED: Final = -20
"""The nice value of emulated processes: the highest priority. With -10, and 11 other programs on
two cores, the transcript arrived after 59 s."""


def set_priority(pid: int, nice: int) -> None:
    """Set the nice value of a process and of its descendants, and of their sessions.

    A kernel with automatic groups divides the time between sessions, and a nice value then counts
    only inside its session. Each session has a nice value of its own there.
    """
    for process in ProcessTree(pid).pids():
        with suppress(OSError):  # it has ended
            for thread in Path(f"/proc/{process}/task").iterdir():
                os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)
        with suppress(OSError):  # the kernel has no automatic groups
            Path(f"/proc/{process}/autogroup").write_text(str(nice))
