"""Builds the images from the Dockerfiles. ``bench.image`` runs this module in new namespaces."""

import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .machines import own_arch
from .podman import APP_IMAGE, IMAGE, ROOT, SLIM_IMAGE, FailedError, Podman, run
from .sources import debian_mirror, pip_mounts

__all__ = ["BASE", "base_in", "main"]

_SUITE: Final = "trixie"
"""The Debian release that stands in for the Dockerfile's base image. Both have Python 3.13."""

_PACKAGES: Final = ("python-is-python3", "python3-venv")
"""The packages that the Dockerfile needs in addition to Debian's smallest variant."""

_APP_PACKAGES: Final = ("ca-certificates", "execline", "s6")
"""The packages of Home Assistant's base image that the app needs, apart from s6-overlay."""

_INIT: Final = ROOT / "bench" / "image" / "s6" / "init"
"""The script that replaces s6-overlay."""

BASE: Final = "localhost/base"
APP_BASE: Final = "localhost/app-base"

_IMAGES: Final = {IMAGE: None, SLIM_IMAGE: "house,zeroconf"}
"""The extras of each image; None for the extras that the Dockerfile installs by default."""


def base_in(dockerfile: str) -> str:
    """Return the name of the base image.

    Raises:
        ValueError: There is no stage, or the stages do not all have the same base image.
    """
    (base,) = set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    return str(base)


def _import_base(
    podman: Podman,
    folder: Path,
    *,
    arch: str,
    name: str = BASE,
    packages: Sequence[str] = _PACKAGES,
    hooks: Sequence[str] = (),
) -> None:
    """Make a base image from Debian's packages. ``hooks`` are options of mmdebstrap."""
    began = time.monotonic()
    archive = folder / "base.tar"
    mirror = debian_mirror()
    options = [f"--arch={arch}", "--variant=minbase", f"--include={','.join(packages)}", *hooks]
    run(["mmdebstrap", *options, _SUITE, str(archive), *([mirror] if mirror else [])])
    podman("import", "--arch", arch, str(archive), name)
    archive.unlink()
    _print_size(podman, "base", name, began=began)


def _build(podman: Podman, image: str, *options: str, arch: str, mounts: Sequence[str]) -> None:
    podman(
        "build",
        "--arch",
        arch,
        "--pull=never",
        "--format=docker",  # Podman's other format, OCI, has no health check
        "--isolation=chroot",
        "--network=host",
        *(f"--volume={mount}" for mount in mounts),
        *options,
        "--tag",
        image,
        str(ROOT),
    )


def _build_container(podman: Podman, folder: Path, *, arch: str) -> None:
    mounts = pip_mounts(folder)
    _import_base(podman, folder, arch=arch)
    base = base_in((ROOT / "Dockerfile").read_text())
    for image, extras in _IMAGES.items():
        if image == SLIM_IMAGE and arch != own_arch():
            continue  # slow to build with qemu; the full image has the same wheels
        began = time.monotonic()
        context = f"--build-context={base}=container-image://{BASE}"
        options = [f"--build-arg=EXTRAS={extras}"] if extras else []
        _build(podman, image, context, *options, arch=arch, mounts=mounts)
        _print_size(podman, extras or "default", image, began=began)


def _build_app(podman: Podman, folder: Path, *, arch: str) -> None:
    mounts = pip_mounts(folder)
    hook = f"--customize-hook=copy-in {_INIT} /"
    _import_base(podman, folder, arch=arch, name=APP_BASE, packages=_APP_PACKAGES, hooks=(hook,))
    began = time.monotonic()
    file = f"--file={ROOT / 'app' / 'Dockerfile'}"
    base = f"--build-arg=BUILD_FROM={APP_BASE}"
    _build(podman, APP_IMAGE, file, base, "--build-arg=BUILD_VERSION=0", arch=arch, mounts=mounts)
    _print_size(podman, "app", APP_IMAGE, began=began)


def _print_size(podman: Podman, name: str, image: str, *, began: float) -> None:
    took = f"{podman.size_mib(image):5.0f} MiB, {time.monotonic() - began:4.0f} s"
    print(f"  {name:10} {took}", flush=True)


def main(folder: Path, arch: str, what: str) -> int:
    """Build the images of ``container`` or ``app``, print their sizes, and return the exit code."""
    try:
        build = {"container": _build_container, "app": _build_app}[what]
        build(Podman(folder, arch=arch), folder, arch=arch)
    except FailedError as err:
        print(f"FAILED: {err}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
