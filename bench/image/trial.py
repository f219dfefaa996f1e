"""What the trials of all images have in common: steps, waits, and their own network."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from .machines import own_arch
from .podman import FailedError, Podman, run

__all__ = ["POLL_S", "SAID", "SAMPLE", "Trial", "exit_code_of", "expect"]

SAMPLE: Final = "/samples/something.wav"
"""The path of a recording in a container that has this project's samples."""

SAID: Final = "Go somewhere and do something."
"""The text of ``SAMPLE``."""

POLL_S: Final = 0.1


class Trial(ABC):
    """Steps that are done one after another. A step that fails ends the trial."""

    def __init__(self, folder: Path, arch: str) -> None:
        """Create the trial. ``folder`` contains the images and the files that the trial writes."""
        self.podman = Podman(folder, arch=arch)
        self.folder = folder
        self.is_emulated = arch != own_arch()

    @abstractmethod
    def steps(self) -> Sequence[Callable[[], str]]:
        """Return the steps, in their order. Each returns what it has found."""

    def run(self) -> None:
        """Run all steps, and print what each of them returns.

        Raises:
            FailedError: A step failed.
        """
        for step in self.steps():
            name = step.__name__.replace("_", " ")
            print(f"  ok    {name}: {step()}", flush=True)

    def is_running(self, container: str) -> bool:
        """Return whether a container runs."""
        shown = self.podman("inspect", "--format", "{{.State.Running}}", container)
        return shown.strip() == "true"

    def exit_code(self, container: str) -> str:
        """Return the exit code of a container that has ended."""
        return self.podman("inspect", "--format", "{{.State.ExitCode}}", container).strip()

    def pid(self, container: str) -> int:
        """Return the id of the first process of a container."""
        return int(self.podman("inspect", "--format", "{{.State.Pid}}", container))

    def wait_for_line(self, words: str, *, container: str) -> None:
        """Wait until a container has printed some words.

        Raises:
            FailedError: The container ended before that.
        """
        while words not in (log := self.podman.log(container)):
            if not self.is_running(container):
                raise FailedError(f"{container} ended: {log}")
            time.sleep(POLL_S)

    def wait_for_end(self, container: str) -> None:
        """Wait until a container has ended."""
        while self.is_running(container):
            time.sleep(POLL_S)


def expect(what: str, found: object, expected: object) -> None:
    """Compare a result with the expected one; ``what`` is its name in the error.

    Raises:
        FailedError: The result differs from the expected one.
    """
    if found != expected:
        raise FailedError(f"{what}: expected {expected!r}, got {found!r}")


def exit_code_of(trial: Trial) -> int:
    """Run a trial in the namespaces of this process, and return the exit code."""
    try:
        _prepare_namespaces()
        trial.run()
    except FailedError as err:
        print(f"FAILED: {err}")
        return 1
    return 0


def _prepare_namespaces() -> None:
    """Let containers run in the namespaces of this process.

    Raises:
        FailedError: This process may not change its namespaces.
    """
    run(["ip", "link", "set", "lo", "up"])
    if not Path("/sys/fs/cgroup/cgroup.controllers").exists():
        # crun refuses a mix of cgroups v1 and v2. The mount exists only in this namespace.
        run(["mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup"])
    for place in ("/run", "/var/lib/cni"):  # where Podman leaves the files of its networks
        Path(place).mkdir(exist_ok=True)
        run(["mount", "-t", "tmpfs", "tmpfs", place])
