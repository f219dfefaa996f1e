"""What tests need on the machine.

If something is missing, a test is skipped. In continuous integration, which sets the variable CI,
the test fails, because a skipped test is easily overlooked.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

import pytest

__all__ = ["IS_CI", "can_skip_without", "fail_or_skip", "program"]

IS_CI: Final = bool(os.environ.get("CI"))

_INSTALL: Final = Path(__file__).resolve().parents[2] / "script" / "install-package"


def fail_or_skip(reason: str) -> NoReturn:
    """Skip the test, or fail in continuous integration."""
    if IS_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def can_skip_without(name: str) -> bool:
    """Return whether a test may be skipped because a program is missing."""
    return shutil.which(name) is None and not IS_CI


@cache
def program(name: str, *, package: str) -> str:
    """Return the path of a program, which may have to be installed from a package of Debian."""
    if path := shutil.which(name):
        return path
    done = subprocess.run(  # noqa: S603 - our own script
        [str(_INSTALL), package], capture_output=True, text=True, check=False
    )
    return shutil.which(name) or fail_or_skip(f"needs {name}: {done.stderr.strip()}")
