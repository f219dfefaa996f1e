"""``script/release-notes``: the changelog's section of a version."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

Command = Callable[..., subprocess.CompletedProcess[str]]

CHANGELOG = """\
# Changes

What changes.

## Unreleased

- Soon.

## 1.10.0, 2026-12-24

### New

- A thing
  on two lines.

## 1.1.0

## 1.0.0

- The first.
"""


@pytest.mark.parametrize(
    ("version", "notes"),
    [
        ("1.10.0", "### New\n\n- A thing\n  on two lines.\n"),
        ("1.0.0", "- The first.\n"),
    ],
)
def test_the_section_of_a_version_is_printed_without_its_heading(
    project: Path, command: Command, version: str, notes: str
) -> None:
    (project / "CHANGELOG.md").write_text(CHANGELOG)

    done = command(project, "release-notes", version)

    assert (done.returncode, done.stdout, done.stderr) == (0, notes, "")


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("1.1", "the section 1.1 of CHANGELOG.md is missing"),
        ("2.0.0", "available: Unreleased, 1.10.0, 1.1.0, 1.0.0"),
        ("1.1.0", "the section 1.1.0 of CHANGELOG.md is empty"),
    ],
)
def test_a_version_without_notes_is_an_error(
    project: Path, command: Command, version: str, message: str
) -> None:
    (project / "CHANGELOG.md").write_text(CHANGELOG)

    done = command(project, "release-notes", version)

    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr


def test_without_a_version_it_prints_its_usage(project: Path, command: Command) -> None:
    done = command(project, "release-notes")

    assert done.returncode == 2
    assert "script/release-notes VERSION" in done.stderr
