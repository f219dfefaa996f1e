"""What the trials of all images have in common: steps, waits, and their own network."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from .health import Health
from .machines import own_arch
from .patience import PATIENCE_S
from .podman import FailedError, Podman, run
from .priority import EMULATED, set_priority

__all__ = ["POLL_S", "SAID", "SAMPLE", "Trial", "exit_code_of", "expect"]

SAMPLE: Final = "/samples/something.wav"
"""The path of a recording in a container that has this project's samples."""

SAID: Final = "Go somewhere and do something."
"""The text of ``SAMPLE``."""

POLL_S: Final = 0.1

_STARTED_TOO_SLOWLY: Final = "did not start within"
"""What a bridge prints if it ends because its recogniser needs too much time to start."""

_SERVICE_FAILED: Final = 3
"""The exit code of a client whose bridge or recogniser did not answer in time."""


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
        """Return the id of the first process of a container; 0 if it does not run."""
        return int(self.podman("inspect", "--format", "{{.State.Pid}}", container))

    def health_of(self, container: str) -> Health:
        """Return the health check of a container."""
        return Health(self.podman, container, is_emulated=self.is_emulated)

    def wait_for_line(self, words: str, *, container: str) -> None:
        """Wait until a container has printed some words.

        Under emulation, the container gets priority over other programs, and a bridge is started
        again if its recogniser needed too much time to start.

        Raises:
            FailedError: The container ended before that, or did not print the words in time.
        """
        gives_up_at = time.monotonic() + PATIENCE_S
        while words not in (log := self.podman.log(container)):
            if time.monotonic() > gives_up_at:
                raise FailedError(f"{container} did not print {words!r}: {log}")
            if not self.is_running(container):
                if not (self.is_emulated and _STARTED_TOO_SLOWLY in log):
                    raise FailedError(f"{container} ended: {log}")
                self.podman("start", container)
            self._prefer(container)
            time.sleep(POLL_S)
        self._prefer(container)

    def _prefer(self, container: str) -> None:
        """Give the processes that a container has now priority, under emulation."""
        if self.is_emulated and (pid := self.pid(container)):
            set_priority(pid, EMULATED)

    def wait_for_end(self, container: str) -> None:
        """Wait until a container has ended.

        Raises:
            FailedError: The container did not end in time.
        """
        gives_up_at = time.monotonic() + PATIENCE_S
        while self.is_running(container):
            if time.monotonic() > gives_up_at:
                raise FailedError(f"{container} did not end: {self.podman.log(container)}")
            time.sleep(POLL_S)

    def stop(self, container: str, *, limit_s: int | None = None) -> str:
        """Stop a container, and check that its exit code is 0. Return how long that took.

        Podman kills the container after ``limit_s``, by default after the container's own limit,
        but not under emulation.

        Raises:
            FailedError: The exit code is another one.
        """
        began = time.monotonic()
        limit_s = PATIENCE_S if self.is_emulated else limit_s
        self.podman("stop", *([f"--time={limit_s}"] if limit_s else []), container)
        took_s = time.monotonic() - began
        expect("exit code", self.exit_code(container), "0")
        return f"exit code 0 after {took_s:.1f} s"

    def transcribed(self, *arguments: str) -> str:
        """Return what ``podman run`` with these arguments prints, which transcribes the sample.

        Under emulation, try again if the bridge or its recogniser was too slow, because some of
        their time limits cannot be changed.

        Raises:
            FailedError: There is no transcript.
        """
        gives_up_at = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self.podman("run", "--rm", *arguments).strip()
            except FailedError as err:
                is_slow = self.is_emulated and err.code == _SERVICE_FAILED
                if not is_slow or time.monotonic() > gives_up_at:
                    raise
                print(f"  again, because it was too slow: {err}", flush=True)


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
