"""``script/attack`` on a machine on which only ``script/run`` was used."""

import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "script" / "attack"


def test_without_the_tools_of_the_tests_it_says_what_to_type(tmp_path: Path) -> None:
    script = tmp_path / "script" / "attack"
    python = tmp_path / ".venv" / "bin" / "python"
    for each in (script, python):
        each.parent.mkdir(parents=True)
    shutil.copy(SCRIPT, script)
    python.write_text("#!/bin/sh\nexit 1\n")  # what Python does if a library is missing
    python.chmod(0o755)

    done = subprocess.run(  # noqa: S603 - the project's own script
        [script, "--list"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr.decode().endswith("type: script/setup --no-hass\n")
