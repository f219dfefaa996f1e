"""The command ``wyoming-bridge check``, run as a process."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from patience import PATIENCE_S

pytestmark = pytest.mark.once

COMMAND = (sys.executable, "-m", "wyoming_bridge")


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "check", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, **(env or {})},
    )


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The URL of a local server with one token, whose emulated Scriptix takes 600 s to start."""
    tokens = tmp_path / "tokens"
    tokens.write_text("r1ght-t0k3n\n")
    behaviour = tmp_path / "serve.yaml"
    behaviour.write_text("scriptix: {start_s: 600}\n")
    serve = ["serve", "--port", "0", "--engine", "scripted", "--token-file", str(tokens)]
    serve += ["--config", str(behaviour)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, *serve], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.kill()
    process.communicate()


@pytest.fixture
def config(url: str, tmp_path: Path) -> Path:
    """A configuration with a profile that works and one with a wrong token."""
    path = tmp_path / "bridge.yaml"
    path.write_text(
        f"""
profiles:
  kitchen:
    provider: reson8
    url: {url}/reson8
    token: r1ght-t0k3n
    language: nl
  garage:
    provider: elevenlabs
    url: {url}/elevenlabs
    token: wr0ng-t0k3n
"""
    )
    return path


def test_each_profile_is_tested_and_a_failure_shows_its_advice(config: Path) -> None:
    done = run("--config", str(config))

    shown = [re.sub(r" +\d+ ms  ", " ", line) for line in done.stdout.splitlines()]
    assert done.returncode == 3
    assert shown[:5] == [
        "kitchen (reson8)",
        "  ok language   Reson8 is known to support nl",
        "  ok address    127.0.0.1 resolves to 127.0.0.1",
        shown[3],
        "  ok websocket  the websocket is open",
    ]
    assert re.fullmatch(r"  ok port +port \d+ of 127\.0\.0\.1 answers", shown[3])
    assert re.search(r"  ok speech +the service answered after \d+ ms: \w+", shown[6])
    assert shown[7] == "garage (elevenlabs)"
    assert shown[-2].startswith("  FAIL service    auth_error")
    assert shown[-1] == f"{' ' * 29}Check the profile's token."
    assert "t0k3n" not in done.stdout + done.stderr


def test_the_columns_are_aligned(config: Path) -> None:
    lines = run("--config", str(config), "--profile", "kitchen").stdout.splitlines()

    assert [line[13:18] for line in lines[1:]] == [" ms  "] * 6
    assert {line[28:29] for line in lines[1:]} == {" "}
    assert " " not in {line[29:30] for line in lines[1:]}


def test_a_single_profile_can_be_tested(config: Path) -> None:
    good = run("--config", str(config), "--profile", "kitchen")
    bad = run("--config", str(config), "--profile", "garage")

    assert (good.returncode, bad.returncode) == (0, 3)
    assert "garage" not in good.stdout
    assert "kitchen" not in bad.stdout


def test_json_prints_one_object_per_step(config: Path) -> None:
    done = run("--config", str(config), "--json")

    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3
    assert {step["type"] for step in steps} == {"step"}
    assert [step["step"] for step in steps if step["profile"] == "kitchen"] == [
        "language",
        "address",
        "port",
        "websocket",
        "service",
        "speech",
    ]
    assert steps[-1] == {
        "type": "step",
        "profile": "garage",
        "step": "service",
        "outcome": "failed",
        "duration_ms": steps[-1]["duration_ms"],
        "text": steps[-1]["text"],
        "code": "auth_failed",
        "advice": "Check the profile's token.",
    }
    assert all(step["duration_ms"] >= 0 for step in steps)
    assert "t0k3n" not in done.stdout + done.stderr


def test_a_service_can_be_tested_without_a_configuration_file(url: str) -> None:
    done = run(
        *("--provider", "reson8", "--url", f"{url}/reson8", "--language", "nl-BE"),
        env={"WYOMING_BRIDGE_TOKEN": "r1ght-t0k3n"},
    )

    assert done.returncode == 0
    assert done.stdout.startswith("reson8\n  ok ")
    assert "t0k3n" not in done.stdout + done.stderr


@pytest.fixture
def starting(url: str, tmp_path: Path) -> Path:
    """A configuration with a profile whose service starts too slowly."""
    path = tmp_path / "starting.yaml"
    path.write_text(
        f"profiles: {{cold: {{provider: scriptix, url: '{url}/scriptix', token: r1ght-t0k3n, "
        "connect_timeout_s: 3}}"
    )
    return path


def test_a_service_that_is_starting_is_shown_as_waiting(starting: Path) -> None:
    done = run("--config", str(starting))

    *_, wait, fail, advice = done.stdout.splitlines()
    assert done.returncode == 3
    assert re.fullmatch(r"  wait +\d+ ms  websocket  the service is starting \.\.\.", wait)
    assert "the service is starting; it was not ready within 3 s" in fail
    assert advice.strip() == "Try again in a few minutes."


def test_on_a_terminal_the_next_line_overwrites_a_waiting_line(starting: Path) -> None:
    reader, terminal = pty.openpty()
    subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, "check", "--config", str(starting)],
        stdout=terminal,
        timeout=PATIENCE_S,
        check=False,
    )
    os.close(terminal)
    shown = os.read(reader, 1 << 16).decode()
    os.close(reader)

    assert re.search(r"starting \.\.\.\r\x1b\[2K  FAIL ", shown)


def test_without_options_the_local_server_is_started_and_tested() -> None:
    done = run()

    assert done.returncode == 0
    assert done.stdout.startswith("local\n  ok ")
    assert "the local realtime server has started with Moonshine" in done.stdout


def test_the_house_is_tested_before_the_profiles(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text(
        "house: {areas: [{name: Kitchen}]}\nprofiles: {a: {provider: local, engine: scripted}}"
    )

    shown = run("--config", str(path)).stdout.splitlines()

    assert shown[0] == "The house"
    assert shown[1].startswith("  ok  ")
    assert "the configuration has 0 entities, 1 area and 0 floors (1 name)" in shown[1]
    assert shown[2] == "a (local)"


def test_a_home_assistant_that_refuses_is_a_failure_of_the_house_alone(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text(
        "home_assistant: {url: 'http://127.0.0.1:1', token: s3cr3t}\n"
        "profiles: {a: {provider: local, engine: scripted}}"
    )

    done = run("--config", str(path), "--json")
    steps = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 3
    assert (steps[0]["step"], steps[0]["outcome"]) == ("house", "failed")
    assert steps[0]["code"] == "cannot_connect"
    assert "profile" not in steps[0]
    assert steps[-1]["profile"] == "a"
    assert "s3cr3t" not in done.stdout + done.stderr
