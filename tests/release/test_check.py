"""``script/check`` with tools that do nothing: what it runs, shows and returns."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

SCRIPT = Path(__file__).parents[2] / "script" / "check"

Check = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Return a function that runs the script. ``pytest`` is a shell script with these lines."""

    def run(
        *arguments: str, pytest: str, parts: tuple[str, ...] = ("package",), cores: int = 2
    ) -> "subprocess.CompletedProcess[str]":
        tools = {
            ".venv-3.14/bin/python": "echo Python",
            ".venv-3.14/bin/getconf": f"echo {cores}",
            ".venv-3.14/bin/ruff": "",
            ".venv-3.14/bin/pytest": pytest,
            ".venv/bin/pytest": pytest,
            ".venv-hass-test/bin/mypy": "",
            ".venv-hass-test/bin/python": "echo the integration was tested",
            ".venv-hass/bin/hass": "",
        }
        for name, lines in tools.items():
            tool = tmp_path / name
            tool.parent.mkdir(parents=True, exist_ok=True)
            tool.write_text(f"#!/bin/sh\n{lines}\n")
            tool.chmod(0o755)
        script = tmp_path / "script" / "check"
        script.parent.mkdir()
        script.write_bytes(SCRIPT.read_bytes())
        return subprocess.run(  # noqa: S603 - the project's own script
            [
                *("/usr/bin/env", "bash", script),
                *(option for part in parts for option in ("--only", part)),
                *arguments,
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    return run


def test_a_step_that_fails_is_shown_and_reported_and_the_next_one_still_runs(check: Check) -> None:
    done = check(pytest="echo one test failed; exit 1", parts=("package", "integration"))
    assert done.returncode == 1
    assert done.stdout.index("one test failed") < done.stdout.index("the integration was tested")
    assert "script/check: failed: pytest" in done.stderr


def test_steps_that_succeed_are_shown(check: Check) -> None:
    done = check(pytest="echo all tests passed", parts=("package", "integration"))
    assert done.returncode == 0
    assert "all tests passed" in done.stdout


def test_a_failure_beside_the_package_is_shown_and_reported_too(check: Check) -> None:
    only_again = 'case "$*" in *asyncio-debug*) echo one test failed; exit 1 ;; esac'
    parts = ("package", "integration", "second-python")
    done = check("-x", pytest=only_again, parts=parts)
    assert done.returncode == 1
    assert done.stdout.index("the integration was tested") < done.stdout.index("one test failed")
    assert done.stderr == (
        "script/check: failed: outside .venv/bin/pytest --numprocesses 3 --dist loadgroup "
        "--asyncio-debug -m not once -x\n"
    )


@pytest.mark.parametrize(("cores", "workers"), [(1, 2), (2, 3), (3, 4), (4, 4), (64, 4)])
def test_the_package_has_one_worker_more_than_cores_and_at_most_four(
    check: Check, cores: int, workers: int
) -> None:
    done = check(pytest='echo "$@"', cores=cores)
    assert f"\n--numprocesses {workers} --dist loadgroup\n" in done.stdout


@pytest.mark.parametrize(
    "argument", ["test_a.py::test_b[1-$(touch evaluated)]", "-k a and not 'b", "-k [a]b]"]
)
def test_arguments_reach_pytest_and_are_not_evaluated(
    check: Check, argument: str, tmp_path: Path
) -> None:
    done = check(argument, pytest='for each; do echo "<$each>"; done')
    assert done.returncode == 0
    assert f"<{argument}>" in done.stdout
    assert done.stderr == ""
    assert not (tmp_path / "evaluated").exists()
