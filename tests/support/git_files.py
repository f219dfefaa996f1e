"""The files of the project that git knows."""

import subprocess
from pathlib import Path

import pytest

__all__ = ["git_files"]

_ROOT = Path(__file__).parents[2]


def git_files(*patterns: str) -> list[str]:
    """Return the paths of the files, relative to the project; skip the test without git."""
    listed = subprocess.run(  # noqa: S603 - our own arguments
        ["git", "ls-files", "-z", *patterns],  # noqa: S607 - whichever git is installed
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this folder is not a git checkout")
    return listed.stdout.split("\0")[:-1]
