"""Builds the images from the Dockerfile. Run by ``bench.image`` in namespaces of its own."""

import re
import sys
import time
from pathlib import Path
from typing import Final

from .podman import IMAGE, ROOT, SLIM_IMAGE, FailedError, Podman, run
from .sources import debian_mirror, pip_mounts

__all__ = ["BASE", "base_in", "main"]

_SUITE: Final = "trixie"
"""The Debian of the Dockerfile's base image. Its Python is 3.13 too."""

_PACKAGES: Final = "ca-certificates,python-is-python3,python3-venv"
"""What the Dockerfile needs beside the smallest Debian."""

BASE: Final = "localhost/base"

_IMAGES: Final = {IMAGE: None, SLIM_IMAGE: "house,zeroconf"}
"""The extras of each image; None for the Dockerfile's own."""


def base_in(dockerfile: str) -> str:
    """Return the name of the base image.

    Raises:
        ValueError: The stages have several base images, or one of them builds on another one.
    """
    (base,) = set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    return str(base)


def _import_base(podman: Podman, folder: Path, *, arch: str) -> None:
    """Make the base image from Debian's packages."""
    archive = folder / "base.tar"
    mirror = debian_mirror()
    options = [f"--arch={arch}", "--variant=minbase", f"--include={_PACKAGES}"]
    run(["mmdebstrap", *options, _SUITE, str(archive), *([mirror] if mirror else [])])
    podman("import", "--arch", arch, str(archive), BASE)
    archive.unlink()


def _build(podman: Podman, image: str, *, arch: str, extras: str | None, mounts: list[str]) -> None:
    podman(
        "build",
        "--arch",
        arch,
        "--pull=never",
        "--format=docker",  # the other one has no health check
        "--isolation=chroot",
        "--network=host",
        f"--build-context={base_in((ROOT / 'Dockerfile').read_text())}=container-image://{BASE}",
        *(f"--volume={mount}" for mount in mounts),
        *([f"--build-arg=EXTRAS={extras}"] if extras else []),
        "--tag",
        image,
        str(ROOT),
    )


def main(folder: Path, arch: str) -> int:
    """Build both images and print their sizes; return the exit code."""
    podman = Podman(folder)
    mounts = pip_mounts(folder)
    try:
        began = time.monotonic()
        _import_base(podman, folder, arch=arch)
        print(f"  base       {podman.size_mib(BASE):5.0f} MiB, {time.monotonic() - began:4.0f} s")
        for image, extras in _IMAGES.items():
            began = time.monotonic()
            _build(podman, image, arch=arch, extras=extras, mounts=mounts)
            name = extras or "default"
            took = f"{podman.size_mib(image):5.0f} MiB, {time.monotonic() - began:4.0f} s"
            print(f"  {name:10} {took}", flush=True)
    except FailedError as err:
        print(f"FAILED: {err}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
