"""``bench.image``, which tries the container image: its parts that do not need root."""

import re
from pathlib import Path

import pytest

from bench.image.__main__ import EMULATION_PACKAGES, PACKAGES, missing_packages
from bench.image.building import base_in
from bench.image.sources import debian_mirror, pip_mounts

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent.parent

BASE = "python:3.13-slim@sha256:0a1b"


def program(folder: Path, name: str, *lines: str) -> None:
    """Write an executable that prints some lines, whatever its arguments are."""
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", "cat <<'END'", *lines, "END", ""]))
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of executables that are found before the machine's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


@pytest.mark.parametrize(
    ("script", "packages"), [("try-image", PACKAGES), ("try-arm64", EMULATION_PACKAGES)]
)
def test_scripts_and_the_nightly_workflow_name_the_packages_that_are_needed(
    script: str, packages: dict[str, str]
) -> None:
    text = (ROOT / "script" / script).read_text()
    [command] = re.findall("^#   apt-get install (.*)", text, re.MULTILINE)
    nightly = (ROOT / ".github" / "workflows" / "nightly.yml").read_text()
    of_every_system = {"util-linux", "iproute2"}

    needed = set(packages.values()) - of_every_system

    assert set(command.split()) == {"--no-install-recommends", *needed}
    assert needed <= set(nightly.split())


def test_mmdebstrap_gets_the_package_that_it_needs_for_another_processor() -> None:
    # mmdebstrap only recommends it, and the documented command installs no recommended packages.
    assert "arch-test" in EMULATION_PACKAGES


def test_the_base_of_all_stages_is_found() -> None:
    dockerfile = f"FROM {BASE} AS build\nRUN true\n\nFROM {BASE}\nCOPY --from=build /a /a\n"

    assert base_in(dockerfile) == BASE


def test_stages_with_two_bases_are_refused() -> None:
    with pytest.raises(ValueError, match="values to unpack"):
        base_in(f"FROM {BASE} AS build\nFROM debian:trixie\n")


def test_the_mirror_of_debian_itself_is_found(programs: Path) -> None:
    program(
        programs,
        "apt-get",
        "Debian Debian-Security http://127.0.0.1/security/",
        "Node nodistro http://127.0.0.1/node/",
        "Debian Debian http://127.0.0.1/debian/",
    )

    assert debian_mirror() == "http://127.0.0.1/debian/"


def test_another_system_has_no_mirror_of_debian(programs: Path) -> None:
    program(programs, "apt-get", "Ubuntu Ubuntu http://127.0.0.1/ubuntu/")

    assert debian_mirror() is None


def test_pip_in_a_container_gets_the_index_but_no_folder_of_this_machine(
    programs: Path, tmp_path: Path
) -> None:
    certificates = tmp_path / "own.crt"
    certificates.write_text("a certificate")
    program(
        programs,
        "python3",
        f":env:.cert='{certificates}'",
        "global.cert='/somewhere/else.crt'",
        "global.extra-index-url='file:///opt/wheels http://127.0.0.1/more/'",
        "global.find-links='/opt/wheels'",
        "global.index-url='http://127.0.0.1/simple/'",
    )

    mounts = pip_mounts(tmp_path)

    bundle = "/etc/ssl/certs/ca-certificates.crt"
    assert mounts == [f"{certificates}:{bundle}:ro", f"{tmp_path / 'pip.conf'}:/etc/pip.conf:ro"]
    assert set((tmp_path / "pip.conf").read_text().splitlines()) == {
        "[global]",
        "index-url = http://127.0.0.1/simple/",
        "extra-index-url = http://127.0.0.1/more/",
        f"cert = {bundle}",
    }


def test_the_packages_of_missing_commands_are_named(programs: Path) -> None:
    program(programs, "present")

    assert missing_packages({"present": "a", "absent-2": "c", "absent-1": "b"}) == ["b", "c"]
