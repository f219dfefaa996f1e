"""A command that runs until the test stops it."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from commands import COMMAND


@pytest.fixture
def started() -> Iterator:
    """Return a function that starts the command and returns the process and its first line."""
    processes: list[subprocess.Popen[str]] = []

    def start(
        *arguments: str, env: dict[str, str] | None = None
    ) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
        )
        processes.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in processes:
        process.kill()
        process.communicate()
