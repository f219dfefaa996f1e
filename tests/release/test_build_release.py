"""``script/build-release`` on small projects: what it takes, leaves and refuses."""

import os
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

MANIFEST = "custom_components/wyoming_bridge/manifest.json"


def built(root: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(root / "dist" / "wyoming_bridge.zip")


def test_the_zip_is_the_integration_s_folder_with_real_files_for_links(
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
def test_what_home_assistant_has_no_use_for_stays_out(
    project: Path, command: Command, name: str
) -> None:
    command(project, "build-release")
    without = built(project).namelist()
    path = project / "wyoming_bridge" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")

    command(project, "build-release")

    assert built(project).namelist() == without


def test_a_tree_gives_the_same_bytes_whenever_and_however_its_files_were_made(
    project: Path, command: Command
) -> None:
    target = project / "dist" / "wyoming_bridge.zip"
    first = command(project, "build-release"), target.read_bytes()
    module = project / "wyoming_bridge" / "version.py"
    content = module.read_text()
    module.unlink()
    module.write_text(content)  # the folder lists it elsewhere now
    module.chmod(0o600)
    os.utime(module, (time.time() - 86400, time.time() - 86400))

    second = command(project, "build-release"), target.read_bytes()

    assert first[1] == second[1]
    assert first[0].stdout == second[0].stdout != ""


def test_versions_that_differ_are_refused_and_both_are_named(
    project: Path, command: Command
) -> None:
    (project / MANIFEST).write_text('{"version": "1.2.4"}')

    done = command(project, "build-release")

    assert done.returncode == 1
    assert "wyoming_bridge/version.py says 1.2.3" in done.stderr
    assert f"the version in {MANIFEST} is 1.2.4" in done.stderr
    assert not (project / "dist").exists()


def test_only_the_version_itself_is_a_tag_to_release(project: Path, command: Command) -> None:
    right, *wrong = (
        command(project, "build-release", "--check", tag) for tag in ("1.2.3", "v1.2.3", "1.2", "")
    )

    assert (right.returncode, right.stdout) == (0, "1.2.3 can be released\n")
    assert [done.returncode for done in wrong] == [1, 1, 1]
    assert "the tag is v1.2.3, but wyoming_bridge/version.py says 1.2.3" in wrong[0].stderr


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        (MANIFEST, "{", f"{MANIFEST} is no JSON"),
        (MANIFEST, "[]", f"the version in {MANIFEST} is None"),
        ("wyoming_bridge/version.py", "", 'version.py has no line VERSION = "..."'),
        ("wyoming_bridge/client.py.orig", "", "bridge/client.py.orig does not belong"),
        ("wyoming_bridge/notes", "", "files there end in .json, .png, .py, .typed, .yaml"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    project: Path, command: Command, name: str, text: str, complaint: str
) -> None:
    (project / name).write_text(text)

    done = command(project, "build-release")

    assert done.returncode == 1
    assert complaint in done.stderr
    assert not (project / "dist").exists()


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("../nowhere.json", "bridge/link.json is a link that leads nowhere"),
        ("../../hosts.json", "bridge/link.json is a link that leads out of the project"),
    ],
)
def test_a_link_to_what_cannot_be_shipped_is_refused(
    project: Path, command: Command, target: str, complaint: str
) -> None:
    (project.parent / "hosts.json").write_text("{}")
    (project / "wyoming_bridge" / "link.json").symlink_to(target)

    done = command(project, "build-release")

    assert done.returncode == 1
    assert complaint in done.stderr


@pytest.mark.parametrize("name", ["bridge", "manifest.json", "__init__.py", "translations/en.json"])
def test_an_integration_that_lacks_a_part_is_refused(
    project: Path, command: Command, name: str
) -> None:
    (project / "custom_components" / "wyoming_bridge" / name).unlink()

    done = command(project, "build-release")

    assert done.returncode == 1
    assert name in done.stderr
