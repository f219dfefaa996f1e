"""``bench.image``: under emulation, no step has a time limit that is meant for a real machine.

A script plays Podman. It writes down its arguments, and answers as the test says.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bench.image.health import command_of
from bench.image.machines import MACHINES, own_arch
from bench.image.patience import PATIENCE_S, PATIENT_PROFILE
from bench.image.podman import FailedError
from bench.image.priority import set_priority
from bench.image.trial import Trial
from bench.processes import ProcessTree
from wyoming_bridge.cli.codes import ExitCode
from wyoming_bridge.config.file import load_config
from wyoming_bridge.errors import ErrorText

pytestmark = pytest.mark.once

FOREIGN = next(arch for arch in MACHINES if arch != own_arch())

COMMAND = "wyoming-bridge health --of-process 1 || exit 1"
"""The health command of the image."""

INSPECTED = json.dumps([{"Config": {"Healthcheck": {"Test": ["CMD-SHELL", COMMAND]}}}])

HANGS = ErrorText.NO_ANSWER.value.format(place="tcp://127.0.0.1:10300", seconds="5")
"""What the health command prints about a bridge that hangs."""

SLOW = f"exit {ExitCode.SERVICE_FAILED}"
"""What a client does if the bridge is too slow."""


_PARENT = """
import subprocess, sys
child = subprocess.Popen(["sleep", sys.argv[1]])
print("ready", flush=True)
child.wait()
"""
"""A program with one child. Both run for the number of seconds in the argument."""


class Steps(Trial):
    """A trial without steps of its own."""

    def steps(self) -> Sequence[Callable[[], str]]:
        return ()


class FakePodman:
    """A folder with a script that plays Podman. A command without answers succeeds."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        script = folder / "podman"
        script.write_text(
            "#!/bin/sh\n"
            f"cd {folder}\n"
            'echo "$*" >>arguments\n'
            'next=$(ls "$1".* 2>/dev/null | head -1)\n'
            'last=$(ls "$1".* 2>/dev/null | tail -1)\n'
            '[ "$next" ] || exit 0\n'
            'cp "$next" now\n'
            '[ "$next" = "$last" ] || rm "$next"\n'
            "exec sh ./now\n"
        )
        script.chmod(0o755)

    def answers(self, command: str, *scripts: str) -> None:
        """Let a command of Podman run these scripts, one per call. The last one is repeated."""
        for number, script in enumerate(scripts):
            (self._folder / f"{command}.{number}").write_text(f"{script}\n")

    def prints(self, command: str, text: str) -> None:
        """Let a command of Podman print a text."""
        self.answers(command, f"cat <<'END'\n{text}\nEND")

    def calls(self, command: str) -> list[str]:
        """Return the arguments of each call of a command of Podman."""
        path = self._folder / "arguments"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if line.split()[0] == command]


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePodman:
    folder = tmp_path / "bin"
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    fake = FakePodman(folder)
    fake.prints("inspect", INSPECTED)
    return fake


@pytest.fixture
def emulated(tmp_path: Path) -> Steps:
    """A trial with the images of another processor."""
    return Steps(tmp_path, FOREIGN)


@pytest.fixture
def real(tmp_path: Path) -> Steps:
    """A trial with the images of this machine's processor."""
    return Steps(tmp_path, own_arch())


@pytest.mark.parametrize(
    ("test", "command"),
    [
        (["CMD-SHELL", COMMAND], ["/bin/sh", "-c", COMMAND]),
        (["CMD", "wyoming-bridge", "health"], ["wyoming-bridge", "health"]),
    ],
)
def test_the_health_command_is_that_of_the_image(test: list[str], command: list[str]) -> None:
    assert command_of(test) == command


@pytest.mark.parametrize("test", [[], ["NONE"], ["CMD"]])
def test_an_image_without_a_health_check_fails(test: list[str]) -> None:
    with pytest.raises(FailedError, match="no health check"):
        command_of(test)


def test_an_emulated_health_check_has_no_time_limit_of_podman(
    emulated: Steps, podman: FakePodman
) -> None:
    podman.answers("healthcheck", "exit 1")  # as after the 30 s in the image

    emulated.health_of("bridge").expect_healthy()

    assert podman.calls("exec") == [f"exec bridge /bin/sh -c {COMMAND}"]
    assert podman.calls("healthcheck") == []


def test_a_real_health_check_has_the_time_limit_of_the_image(
    real: Steps, podman: FakePodman
) -> None:
    real.health_of("bridge").expect_healthy()

    assert podman.calls("healthcheck") == ["healthcheck run bridge"]


def test_an_emulated_bridge_may_answer_too_late_at_first(
    emulated: Steps, podman: FakePodman
) -> None:
    podman.answers("exec", f"echo '{HANGS}'; exit 1", "exit 0")

    assert "after 2 tries" in emulated.health_of("bridge").expect_healthy()


def test_a_real_bridge_that_answers_too_late_is_not_healthy(
    real: Steps, podman: FakePodman
) -> None:
    podman.answers("healthcheck", "exit 1", "exit 0")

    with pytest.raises(FailedError):
        real.health_of("bridge").expect_healthy()


def test_a_container_that_has_ended_is_not_asked_again(emulated: Steps, podman: FakePodman) -> None:
    podman.answers("exec", "exit 125", "exit 0")

    with pytest.raises(FailedError):
        emulated.health_of("bridge").expect_healthy()


@pytest.mark.parametrize("trial", ["emulated", "real"])
def test_a_bridge_that_hangs_is_unhealthy(
    trial: str, podman: FakePodman, request: pytest.FixtureRequest
) -> None:
    podman.answers("healthcheck", "exit 1")
    podman.answers("exec", f"echo '{HANGS}' >&2; exit 1")

    request.getfixturevalue(trial).health_of("bridge").expect_unhealthy()


@pytest.mark.parametrize("trial", ["emulated", "real"])
@pytest.mark.parametrize(
    "answer", ["exit 0", "echo 'Permission denied'; exit 1", f"echo '{HANGS}'; exit 125"]
)
def test_another_answer_is_not_that_of_a_bridge_that_hangs(
    trial: str, answer: str, podman: FakePodman, request: pytest.FixtureRequest
) -> None:
    podman.answers("healthcheck", "exit 1")
    podman.answers("exec", answer)

    with pytest.raises(FailedError):
        request.getfixturevalue(trial).health_of("bridge").expect_unhealthy()


def test_a_real_health_check_that_succeeds_while_the_bridge_hangs_fails_the_trial(
    real: Steps, podman: FakePodman
) -> None:
    podman.answers("exec", f"echo '{HANGS}'; exit 1")

    with pytest.raises(FailedError, match="although the bridge hangs"):
        real.health_of("bridge").expect_unhealthy()


def test_only_an_emulated_bridge_has_all_the_time_to_stop(
    emulated: Steps, real: Steps, podman: FakePodman
) -> None:
    podman.prints("inspect", "0")

    emulated.stop("bridge", limit_s=10)
    real.stop("bridge", limit_s=10)
    real.stop("bridge")

    limits = [f"stop --time={PATIENCE_S} bridge", "stop --time=10 bridge", "stop bridge"]
    assert podman.calls("stop") == limits


def test_an_emulated_utterance_that_was_too_slow_is_sent_again(
    emulated: Steps, podman: FakePodman
) -> None:
    podman.answers("run", SLOW, "echo Lights on.")

    assert emulated.transcribed("image") == "Lights on."


@pytest.mark.parametrize(
    ("trial", "answer"), [("real", SLOW), ("emulated", f"exit {ExitCode.NO_WORDS}")]
)
def test_other_failures_of_an_utterance_fail_the_trial(
    trial: str, answer: str, podman: FakePodman, request: pytest.FixtureRequest
) -> None:
    podman.answers("run", answer, "echo Lights on.")

    with pytest.raises(FailedError):
        request.getfixturevalue(trial).transcribed("image")


def test_an_emulated_bridge_whose_recogniser_starts_too_slowly_is_started_again(
    emulated: Steps, podman: FakePodman
) -> None:
    podman.answers("logs", "echo 'moonshine did not start within 60 s'", "echo 'Listening at'")
    podman.answers("inspect", "echo false", "echo 0")  # whether it runs, and its process

    emulated.wait_for_line("Listening at", container="bridge")

    assert podman.calls("start") == ["start bridge"]


@pytest.mark.parametrize(
    ("trial", "line"),
    [("real", "moonshine did not start within 60 s"), ("emulated", "Address already in use")],
)
def test_other_ends_of_a_bridge_fail_the_trial(
    trial: str, line: str, podman: FakePodman, request: pytest.FixtureRequest
) -> None:
    podman.answers("logs", f"echo '{line}'", "echo 'Listening at'")
    podman.prints("inspect", "false")

    with pytest.raises(FailedError, match=line):
        request.getfixturevalue(trial).wait_for_line("Listening at", container="bridge")


def test_a_priority_is_that_of_all_processes_and_threads() -> None:
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", _PARENT, str(PATIENCE_S)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as parent:
        try:
            assert parent.stdout
            parent.stdout.readline()

            set_priority(parent.pid, 5)

            found = [os.getpriority(os.PRIO_PROCESS, pid) for pid in ProcessTree(parent.pid).pids()]
        finally:
            os.killpg(parent.pid, signal.SIGKILL)

    assert found == [5, 5]


def test_the_bridge_accepts_the_time_limits_of_an_emulated_processor(tmp_path: Path) -> None:
    path = tmp_path / "patient.yaml"
    path.write_text(PATIENT_PROFILE)

    [profile] = load_config(path).profiles

    assert profile.limits.total_s == 120
