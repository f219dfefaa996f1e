"""``script/build-release`` on small projects: what it includes, leaves out and refuses."""

import os
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

Command = Callable[..., subprocess.CompletedProcess[str]]

MANIFEST = "custom_components/wyoming_bridge/manifest.json"


def built(root: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(root / "dist" / "wyoming_bridge.zip")


def test_the_zip_has_the_integrations_folder_with_files_instead_of_links(
    project: Path, command: Command
) -> None:
    done = command(project, "build-release")

    assert (done.returncode, done.stderr) == (0, "")
    assert built(project).namelist() == [
        "LICENSE",
        "__init__.py",
        "bridge/__init__.py",
        "bridge/version.py",
        "manifest.json",
        "strings.json",
        "translations/en.json",
    ]
    assert built(project).read("translations/en.json") == built(project).read("strings.json")
    assert {entry.external_attr >> 16 for entry in built(project).infolist()} == {0o100644}


@pytest.mark.parametrize(
    "name",
    [
        "__pycache__/__init__.cpython-314.pyc",
        "__main__.py",
        "cli/main.py",
        "local/service.py",
        "config/serve.py",
        "config/reference.py",
        "testing/engine.py",
    ],
)
def test_parts_that_home_assistant_does_not_use_are_left_out(
    project: Path, command: Command, name: str
) -> None:
    command(project, "build-release")
    without = built(project).namelist()
    path = project / "wyoming_bridge" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")

    command(project, "build-release")

    assert built(project).namelist() == without


def test_the_same_tree_always_gives_the_same_bytes(project: Path, command: Command) -> None:
    target = project / "dist" / "wyoming_bridge.zip"
    first = command(project, "build-release"), target.read_bytes()
    module = project / "wyoming_bridge" / "version.py"
    content = module.read_text()
    module.unlink()
    module.write_text(content)  # the file is now at another position in the folder's list
    module.chmod(0o600)
    os.utime(module, (time.time() - 86400, time.time() - 86400))

    second = command(project, "build-release"), target.read_bytes()

    assert first[1] == second[1]
    assert first[0].stdout == second[0].stdout != ""


def test_different_versions_are_an_error_that_names_both(project: Path, command: Command) -> None:
    (project / MANIFEST).write_text('{"version": "1.2.4"}')

    done = command(project, "build-release")

    assert done.returncode == 1
    assert "wyoming_bridge/version.py says 1.2.3" in done.stderr
    assert f"the version in {MANIFEST} is 1.2.4" in done.stderr
    assert not (project / "dist").exists()


def test_only_a_tag_that_is_the_version_can_be_released(project: Path, command: Command) -> None:
    right, *wrong = (
        command(project, "build-release", "--check", tag) for tag in ("1.2.3", "v1.2.3", "1.2", "")
    )

    assert (right.returncode, right.stdout) == (0, "1.2.3 can be released\n")
    assert [done.returncode for done in wrong] == [1, 1, 1]
    assert "the tag is v1.2.3, but wyoming_bridge/version.py says 1.2.3" in wrong[0].stderr


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (MANIFEST, "{", f"{MANIFEST} is not valid JSON"),
        (MANIFEST, "[]", f"the version in {MANIFEST} is None"),
        ("app/config.yaml", 'version: "1.2.4"', "the version in app/config.yaml is 1.2.4"),
        ("app/config.yaml", "", "the version in app/config.yaml is None"),
        ("wyoming_bridge/version.py", "", 'version.py has no line VERSION = "..."'),
        ("wyoming_bridge/client.py.orig", "", "bridge/client.py.orig must not be in a release"),
        ("wyoming_bridge/notes", "", "allowed file types: .json, .png, .py, .typed, .yaml"),
    ],
)
def test_the_error_says_what_is_wrong_with_a_file(
    project: Path, command: Command, name: str, text: str, message: str
) -> None:
    (project / name).write_text(text)

    done = command(project, "build-release")

    assert done.returncode == 1
    assert message in done.stderr
    assert not (project / "dist").exists()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("../nowhere.json", "bridge/link.json is a broken link"),
        ("../../hosts.json", "bridge/link.json is a link to a path outside the project"),
    ],
)
def test_a_broken_or_outside_link_is_an_error(
    project: Path, command: Command, target: str, message: str
) -> None:
    (project.parent / "hosts.json").write_text("{}")
    (project / "wyoming_bridge" / "link.json").symlink_to(target)

    done = command(project, "build-release")

    assert done.returncode == 1
    assert message in done.stderr


@pytest.mark.parametrize("name", ["bridge", "manifest.json", "__init__.py", "translations/en.json"])
def test_an_incomplete_integration_is_an_error(project: Path, command: Command, name: str) -> None:
    (project / "custom_components" / "wyoming_bridge" / name).unlink()

    done = command(project, "build-release")

    assert done.returncode == 1
    assert name in done.stderr
