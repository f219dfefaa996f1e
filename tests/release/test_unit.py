"""The unit for systemd, checked with ``systemd-analyze``."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from needed import can_skip_without
from wyoming_bridge.cli.parser import new_parser
from wyoming_bridge.config.bridge import Bridge
from wyoming_bridge.options import options_of

pytestmark = pytest.mark.once

UNIT = Path(__file__).parent.parent.parent / "systemd" / "wyoming-bridge.service"
PROGRAM = "/opt/wyoming-bridge/bin/wyoming-bridge"
SETTINGS = re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.MULTILINE)

needs_systemd = pytest.mark.skipif(
    can_skip_without("systemd-analyze"), reason="systemd-analyze is not installed"
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - systemd's own tool
        ["systemd-analyze", "--no-pager", *arguments],  # noqa: S607 - whichever is installed
        capture_output=True,
        text=True,
        check=False,
    )


def values_of(name: str) -> list[str]:
    return [value for key, value in SETTINGS if key == name]


@needs_systemd
def test_the_unit_has_no_error_that_systemd_finds(tmp_path: Path) -> None:
    installed = tmp_path / UNIT.name  # with an executable that exists
    installed.write_text(UNIT.read_text().replace(PROGRAM, sys.executable))

    done = analyze("verify", str(installed))

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_the_unit_exposes_little_by_systemds_judgement() -> None:
    done = analyze("security", "--offline=true", "--threshold=20", str(UNIT))

    (level,) = re.findall(r"exposure level for \S+ (\d+\.\d)", done.stdout)
    assert float(level) <= 2.0
    assert done.returncode == 0, done.stdout


def test_the_unit_runs_the_bridge_with_a_configuration_file() -> None:
    (command,) = values_of("ExecStart")
    program, *arguments = command.split()

    assert program == PROGRAM
    assert new_parser().parse_args(arguments).command == "run"
    assert new_parser().parse_args(arguments).config == Path("/etc/wyoming-bridge/bridge.yaml")


def test_the_tokens_are_those_that_the_page_names() -> None:
    page = (UNIT.parent.parent / "docs" / "systemd.md").read_text()
    rows = re.findall(r"`/etc/credstore/(\S+)` \|.*credentials/([\w-]+\.service)/([\w-]+)`", page)

    assert [f"{name}:{file}" for file, unit, name in rows] == values_of("LoadCredential")
    assert {unit for _, unit, _ in rows} == {UNIT.name}


def test_a_start_may_wait_for_addresses_as_long_as_the_bridge_does() -> None:
    (limit,) = values_of("TimeoutStartSec")
    longest_s = dict(options_of(Bridge))["listen_timeout_s"].maximum

    assert longest_s is not None
    assert float(limit.removesuffix("s")) >= longest_s + 60  # the rest of the start


def test_the_unit_uses_the_reports_of_the_bridge() -> None:
    assert values_of("Type") == ["notify"]
    assert values_of("WatchdogSec") == ["90s"]
    assert values_of("ExecReload") == ["kill -HUP $MAINPID"]
