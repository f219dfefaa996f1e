"""The commands ``script/try-image`` and ``script/try-arm64``: build and try the images."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final

from .emulation import emulated
from .machines import MACHINES, own_arch
from .namespaces import in_namespaces
from .podman import FailedError

PACKAGES: Final = {
    "mmdebstrap": "mmdebstrap",
    "podman": "podman",
    "podman-compose": "podman-compose",
    "crun": "crun",
    "iptables": "iptables",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "ip": "iproute2",
}
"""The commands that are needed, and for each the package of Debian and Ubuntu that contains it."""

EMULATION_PACKAGES: Final = {
    "qemu-aarch64-static": "qemu-user-static",
    "update-binfmts": "binfmt-support",
    "arch-test": "arch-test",  # mmdebstrap needs it, but only recommends it
}
"""The same for the images of another processor architecture."""

_MISUSED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A kind of image: how it is built and tested."""

    what: str
    """The name of the kind, as ``building`` expects it."""
    module: str
    """The module that tests the images."""
    built: str
    """The title that is printed before the images are built."""
    tried: str
    """The title that is printed before the images are tested."""


_CONTAINER: Final = _Trial(
    what="container",
    module="image_trial",
    built="The images, built from the Dockerfile",
    tried="The images, run as compose.yaml says, without any other network",
)
_APP: Final = _Trial(
    what="app",
    module="app_trial",
    built="The image of the Home Assistant app, built from app/Dockerfile",
    tried="The app, run as the Supervisor does, with a replacement for s6-overlay",
)


def missing_packages(programs: dict[str, str]) -> list[str]:
    """Return the packages of those commands that are not installed."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return sorted(
        package for name, package in programs.items() if not shutil.which(name, path=path)
    )


def _succeeds(module: str, *arguments: str, own_network: bool, limit_s: float) -> bool:
    """Run a module in its own namespaces, and return whether it succeeded.

    Raises:
        TimeoutExpired: The module took longer than ``limit_s``, and was killed.
    """
    command = [sys.executable, "-m", f"bench.image.{module}", *arguments]
    with in_namespaces(command, own_network=own_network) as process:
        return process.wait(timeout=limit_s) == 0


def _build_and_try(arch: str, trial: _Trial, *, ends_at: float) -> bool:
    with TemporaryDirectory(prefix="wyoming-bridge-image-") as folder, emulated(arch):
        print(f"{trial.built} ({arch}):", flush=True)
        arguments = (folder, arch, trial.what)
        limit_s = ends_at - time.monotonic()
        if not _succeeds("building", *arguments, own_network=False, limit_s=limit_s):
            return False
        print(f"{trial.tried}:", flush=True)
        limit_s = ends_at - time.monotonic()
        return _succeeds(trial.module, folder, arch, own_network=True, limit_s=limit_s)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Build and try the images.

    Return 0 if everything worked, 1 if something failed, and 2 if the user is not root or a
    package is missing.
    """
    parser = argparse.ArgumentParser(
        prog="bench.image",
        description="Build the container images, and try them as their users run them.",
    )
    parser.add_argument(
        "--app", action="store_true", help="build and try the Home Assistant app instead"
    )
    parser.add_argument("--arch", choices=MACHINES, default=own_arch(), help="architecture")
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="when to give up (default: %(default)g)"
    )
    options = parser.parse_args(argv)
    if os.geteuid() != 0:
        print("This needs root, for containers and mounts: use sudo.", file=sys.stderr)
        return _MISUSED
    programs = PACKAGES | (EMULATION_PACKAGES if options.arch != own_arch() else {})
    if missing := missing_packages(programs):
        print(f"apt-get install --no-install-recommends {' '.join(missing)}", file=sys.stderr)
        return _MISUSED
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)  # so that this program still deletes its folder
    began = time.monotonic()
    try:
        trial = _APP if options.app else _CONTAINER
        succeeded = _build_and_try(options.arch, trial, ends_at=began + options.minutes * 60)
    except subprocess.TimeoutExpired:
        print(f"FAILED: not done within {options.minutes:g} minutes")
        return 1
    except FailedError as err:
        print(f"FAILED: {err}")
        return 1
    print(f"{'Done' if succeeded else 'Failed'} after {(time.monotonic() - began) / 60:.1f} min.")
    return 0 if succeeded else 1


if __name__ == "__main__":
    sys.exit(main())
