"""``bench.image`` leaves no process of a trial behind, however the trial ends."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import pytest

from bench.image.namespaces import in_namespaces
from patience import PATIENCE_S

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True, scope="module")
def may_make_namespaces() -> None:
    """Skip the tests if this user may not make namespaces. In some containers, root may not."""
    with in_namespaces(["true"], own_network=True) as process:
        if process.wait(PATIENCE_S):
            pytest.skip("needs the right to make namespaces")


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """The path of a file that a process of the trial locks."""
    path = tmp_path / "lock"
    path.touch()
    return path


@pytest.fixture
def trial(lock: Path) -> list[str]:
    """A command that starts a process in another session, as Podman does, and never ends.

    The process prints a line as soon as it has the lock, and keeps the lock until it is killed.
    """
    container = ["setsid", "flock", str(lock), "sh", "-c", "trap '' TERM; echo; exec sleep 100000"]
    started = f"import subprocess; subprocess.Popen({container!r}).wait()"
    return [sys.executable, "-c", started]


@pytest.fixture
def printed() -> Iterator[int]:
    """Let the processes of the trial print to a pipe; return the end from which to read."""
    read, write = os.pipe()
    stdout = os.dup(1)
    os.dup2(write, 1)
    os.close(write)
    yield read
    os.dup2(stdout, 1)
    os.close(stdout)
    os.close(read)


def wait_for_line(printed: int) -> None:
    assert select.select([printed], [], [], PATIENCE_S)[0]


def run_until_it_prints(trial: list[str], printed: int) -> None:
    with in_namespaces(trial, own_network=True) as process:
        wait_for_line(printed)
        process.wait(timeout=0)


def test_nothing_runs_any_more_after_a_trial_that_took_too_long(
    trial: list[str], lock: Path, printed: int
) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run_until_it_prints(trial, printed)

    with lock.open() as file:
        flock(file, LOCK_EX | LOCK_NB)


def test_nothing_runs_any_more_after_the_program_was_killed(
    trial: list[str], lock: Path, printed: int
) -> None:
    code = (
        "from bench.image.namespaces import in_namespaces\n"
        f"with in_namespaces({trial!r}, own_network=True) as process:\n"
        "    process.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as program:  # noqa: S603 - our own code
        wait_for_line(printed)
        program.send_signal(signal.SIGKILL)

    waiting = ["/usr/bin/flock", lock, "true"]
    subprocess.run(waiting, check=True, timeout=PATIENCE_S)  # noqa: S603 - our own lock


def test_a_command_that_ends_has_its_own_exit_code() -> None:
    with in_namespaces(["sh", "-c", "exit 3"], own_network=False) as process:
        assert process.wait(PATIENCE_S) == 3
