"""Gives up the rights that a decoding process does not need after its model is loaded.

Clients can send any audio, and a flaw in the C code that decodes it could let an attacker in. A
step that the system does not allow, such as changing the user in some containers, is skipped.

The module imports only the standard library.
"""

import ctypes
import os
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

__all__ = ["forbid_new_privileges", "forbid_new_tasks", "give_up_rights"]

_LIMITS: Final = {
    "RLIMIT_CORE": 0,  # a core dump would contain users' speech
    "RLIMIT_FSIZE": 0,  # nothing is written to files
}

_NOBODY: Final = 65534
"""The user and group without rights, on Linux."""

_PR_SET_NO_NEW_PRIVS: Final = 38
"""Defined in Linux' ``prctl.h``. With this flag, commands that the process runs cannot gain rights.
"""


def give_up_rights(*, keep: int, limits: Mapping[str, int]) -> None:
    """Close all handles except the standard streams and ``keep``, and give up the user's rights.

    Also set the resource limits in ``_LIMITS`` and ``limits``, whose keys are names of the module
    ``resource``.
    """
    # Libraries leave handles open.
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
    for name, value in {**_LIMITS, **limits}.items():
        with suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, name), (value, value))
    if os.geteuid() == 0:
        with suppress(AttributeError, OSError):  # not every system has these three functions
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    forbid_new_privileges()


def forbid_new_privileges() -> None:
    """Set ``no_new_privs`` for this thread, and for the threads and processes that it starts."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def forbid_new_tasks() -> None:
    """Forbid this process to start further processes or threads."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
