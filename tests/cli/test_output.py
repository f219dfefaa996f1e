"""Standard streams that are closed or full, and characters that their encoding does not have."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commands import SAMPLES, run
from patience import PATIENCE_S


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("providers | true; exit ${PIPESTATUS[0]}", 141, ""),
        ("providers > /dev/full", 1, "the output cannot be written: No space left on device"),
        ("transcribe - < /dev/null", 4, ""),
        ("transcribe - <&-", 2, "standard input is closed"),
        ("providers >&-", 0, ""),
    ],
)
def test_closed_and_full_standard_streams_are_handled(
    command: str, code: int, message: str
) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        ["/bin/bash", "-c", f"{sys.executable} -m wyoming_bridge {command}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


ASCII = {"PYTHONIOENCODING": "ascii"}
"""The environment of a command whose output can write only ASCII."""


@pytest.fixture
def umlaut(tmp_path: Path) -> Path:
    """A configuration whose profile has a name that ASCII cannot write."""
    path = tmp_path / "bridge.yaml"
    path.write_text(
        "listen: tcp://127.0.0.1:0\nprofiles: {Küche☕: {provider: local, engine: scripted}}\n"
    )
    return path


def test_a_name_that_the_output_cannot_write_is_escaped_when_a_bridge_starts(
    started, umlaut: Path
) -> None:
    process, line = started("run", "--config", str(umlaut), env=ASCII)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)

    assert line.endswith(r"(profiles: K\xfcche\u2615)")
    assert (process.returncode, "Traceback" in log) == (0, False)


def test_a_name_that_the_output_cannot_write_is_escaped_by_each_command(umlaut: Path) -> None:
    config = ("--config", str(umlaut))
    check = run("check", *config, env=ASCII)
    check_json = run("check", "--json", *config, env=ASCII)
    audio = str(SAMPLES / "something.wav")
    transcribe = run("transcribe", audio, "--pace", "fast", *config, env=ASCII)
    transcribe_json = run("transcribe", audio, "--pace", "fast", "--json", *config, env=ASCII)
    unknown = run("transcribe", audio, "--profile", "\U0001f50a", env=ASCII)
    described = run("providers", "--json", env=ASCII)

    assert check.stdout.startswith(rb"K\xfcche\u2615 (local)")
    assert {json.loads(line)["profile"] for line in check_json.stdout.splitlines()} == {"Küche☕"}
    assert rb"profile K\xfcche\u2615" in transcribe.stderr
    last = json.loads(transcribe_json.stdout.splitlines()[-1])
    assert last["profile"] == "Küche☕"
    assert rb"no profile named '\U0001f50a'" in unknown.stderr
    assert json.loads(described.stdout)
    done = (check, check_json, transcribe, transcribe_json, unknown, described)
    assert [each.returncode for each in done] == [0, 0, 0, 0, 2, 0]
    assert not any(b"Traceback" in each.stderr for each in done)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "utf-16"])
def test_a_transcript_that_the_output_cannot_write_is_escaped(encoding: str) -> None:
    text = 'café "☕" \ud83d'
    program = (
        "import sys\n"
        "from wyoming_bridge.cli.output import prepare_output, print_json\n"
        f"prepare_output(); print({text!a}); print_json({{'text': {text!a}}}, output=sys.stdout)"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )

    plain, as_json = done.stdout.decode(encoding).splitlines()
    assert plain == text.encode(encoding, "backslashreplace").decode(encoding)
    assert json.loads(as_json) == {"text": text}
