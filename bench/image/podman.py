"""Podman with all of its data in one folder, so that it leaves nothing on the machine."""

import json
import os
import resource
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .machines import own_arch

__all__ = ["APP_IMAGE", "IMAGE", "ROOT", "SLIM_IMAGE", "FailedError", "Podman", "run"]

ROOT: Final = Path(__file__).resolve().parent.parent.parent

IMAGE: Final = "localhost/wyoming-bridge"
"""The image with all extras. ``compose.yaml`` has the same name without the host."""

SLIM_IMAGE: Final = "localhost/wyoming-bridge-slim"

APP_IMAGE: Final = "localhost/wyoming-bridge-app"

_TAIL: Final = 25
"""The number of lines of a failed command's output that are shown."""


class FailedError(Exception):
    """A command failed. The message has the last lines of the command's output."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code: Final = code
        """The exit code of the command; None if it has not ended, or if something else failed."""


def run(
    command: Sequence[str],
    *,
    env: dict[str, str] | None = None,
    with_errors: bool = False,
    limit_s: float | None = None,
) -> str:
    """Run a command and return its standard output.

    With ``with_errors``, append the standard error of the command. With ``limit_s``, kill a command
    that takes longer.

    Raises:
        FailedError: The command failed, or took too long.
    """
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as err:
        raise FailedError(f"{' '.join(command)} took more than {limit_s:g} s") from err
    if done.returncode:
        lines = f"{done.stdout}{done.stderr}".splitlines()[-_TAIL:]
        shown = "\n".join(f"  {line}" for line in lines)
        raise FailedError(
            f"{' '.join(command)} ended with {done.returncode}:\n{shown}", code=done.returncode
        )
    return f"{done.stdout}{done.stderr}" if with_errors else done.stdout


class Podman:
    """The commands of Podman, with configuration and storage in a folder."""

    def __init__(self, folder: Path, *, arch: str) -> None:
        """Write Podman's configuration, which replaces the machine's own."""
        nothing = folder / "nothing"
        nothing.mkdir(exist_ok=True)
        # onnxruntime crashes under qemu if it finds the real machine's processors in this folder.
        hidden = [f"{nothing}:/sys/devices/system/cpu:ro"] if arch != own_arch() else []
        containers = folder / "containers.conf"
        storage = folder / "storage.conf"
        containers.write_text(
            "[containers]\n"
            'cgroups = "disabled"\n'  # the namespace ends the processes instead
            f"default_ulimits = {json.dumps(_own_limits())}\n"
            f"volumes = {json.dumps(hidden)}\n"
            "[engine]\n"
            'lock_type = "file"\n'  # the other type leaves a file in /dev/shm
            'runtime = "crun"\n'  # the only runtime that works without cgroups
            'events_logger = "none"\n'
            f"tmp_dir = {json.dumps(str(folder / 'libpod'))}\n"
            "[network]\n"
            f"network_config_dir = {json.dumps(str(folder / 'networks'))}\n"
        )
        storage.write_text(
            "[storage]\n"
            'driver = "overlay"\n'
            f"graphroot = {json.dumps(str(folder / 'storage'))}\n"
            f"runroot = {json.dumps(str(folder / 'run'))}\n"
        )
        self.env: Final = {
            "CONTAINERS_CONF": str(containers),
            "CONTAINERS_STORAGE_CONF": str(storage),
            "HOME": str(folder),
            "TMPDIR": str(folder),
        }
        """The environment variables with which ``podman`` uses the folder."""

    def __call__(self, *arguments: str, limit_s: float | None = None) -> str:
        """Run ``podman`` and return its standard output.

        Raises:
            FailedError: The command failed, or took longer than ``limit_s`` seconds.
        """
        return run(["podman", *arguments], env=self.env, limit_s=limit_s)

    def compose(self, *arguments: str, override: Path | None = None) -> str:
        """Run ``podman-compose`` on the project's ``compose.yaml``, with ``override`` on top of it.

        By default, Podman adds writable folders to a container with a read-only root. Docker does
        not, so an option switches that off.

        Raises:
            FailedError: The command failed.
        """
        options = ["--podman-run-args=--read-only-tmpfs=false", "--project-name=trial"]
        options += ["--file=compose.yaml", *([f"--file={override}"] if override else [])]
        return run(["podman-compose", *options, *arguments], env=self.env)

    def log(self, container: str) -> str:
        """Return what a container has printed, including its standard error.

        Raises:
            FailedError: There is no such container.
        """
        return run(["podman", "logs", container], env=self.env, with_errors=True)

    def succeeds(self, *arguments: str) -> bool:
        """Return whether a command of ``podman`` succeeds."""
        try:
            self(*arguments)
        except FailedError:
            return False
        return True

    def size_mib(self, image: str) -> float:
        """Return the size of an image's root file system."""
        return int(self("image", "inspect", "--format", "{{.Size}}", image)) / (1 << 20)


def _own_limits() -> list[str]:
    """Return the limits of this process, in the form of ``default_ulimits``.

    Podman's default limits are higher than these, and even root may be unable to set them.
    """
    limits = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
    values = {name: resource.getrlimit(number) for name, number in limits.items()}
    return [f"{name}={soft}:{hard}" for name, (soft, hard) in values.items()]
