"""``python -m bench.attack`` with a few quick attacks. The tests do not judge what it measures."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]


def campaign(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bench.attack", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_programs_withstand_quick_attacks() -> None:
    quick = [
        "broken-events",
        "forged-proofs",
        "wrong-headers",
        "tls-garbage",
        "status-foreign-requests",
        "page-foreign-requests",
        "page-paths",
    ]
    done = campaign("--no-limits", "--seconds", "0.5", *quick)

    assert done.stdout.count("| held |") == len(quick), done.stdout + done.stderr
    assert f"{len(quick)} of {len(quick)} attacks held" in done.stdout
    assert done.returncode == 0


def test_all_attacks_are_listed_and_an_unknown_one_is_refused() -> None:
    names = campaign("--list").stdout.split()
    unknown = campaign("--no-limits", "nothing")

    assert {"describe-flood", "files-that-lie", "service-never-closes", "page-guesses"} < set(names)
    assert len(names) == len(set(names))
    assert unknown.returncode == 2
    assert "no attack named 'nothing'; available: " in unknown.stderr


def test_the_table_in_the_docs_has_all_attacks() -> None:
    page = (ROOT / "docs" / "security.md").read_text()

    assert re.findall(r"^\| \d+ `([a-z0-9-]+)` \|", page, re.MULTILINE) == (
        campaign("--list").stdout.split()
    )
