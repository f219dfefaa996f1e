"""What starts the workflows, and what runs only once."""

from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.once

WORKFLOWS = Path(__file__).parent.parent.parent / ".github" / "workflows"


def workflow(name: str) -> dict[Any, Any]:
    return yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text())


@pytest.mark.parametrize("name", ["check", "home-assistant", "security"])
def test_a_branch_with_a_pull_request_is_checked_once(name: str) -> None:
    starts = workflow(name)[True]  # YAML 1.1 reads the key "on" as true

    assert "pull_request" in starts
    assert starts["push"] == {"branches": ["main"]}


def test_the_tests_that_do_not_depend_on_the_python_run_on_one_python() -> None:
    *_, tests = workflow("check")["jobs"]["package"]["steps"]

    assert '-m "$MARKS"' in tests["run"]
    assert tests["env"]["MARKS"] == "${{ !matrix.group && 'not once' || '' }}"


def test_the_nightly_run_measures_outages() -> None:
    steps = workflow("nightly")["jobs"]["attack"]["steps"]

    assert any("bench/outage.py" in step.get("run", "") for step in steps)
