"""The bridge as a service: what it reports to its service manager, and how it reloads."""

import asyncio
import os
import pty
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from commands import COMMAND, run
from patience import PATIENCE_S
from ports import free_port as another_free_port
from proc_files import handles_of
from wyoming_bridge.local.engines.scripted import scripted_words

PROFILE = "{provider: local, engine: scripted}"
SPEECH = bytes([9, 3]) * 16000
WORDS = " ".join(scripted_words(SPEECH))

# A bridge that waits only 50 ms for a moment without utterances when it reloads.
HURRIED = """\
import asyncio, pathlib, sys
from wyoming_bridge.cli.run import run_bridge
from wyoming_bridge.config.file import load_config
config = pathlib.Path(sys.argv[1])
asyncio.run(run_bridge(lambda: load_config(config), quiet_wait_s=0.05))
"""


class Service:
    """A process of the bridge, and a service manager that receives its reports."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int,
        watchdog_us: int | None = None,
        command: Sequence[str] = (*COMMAND, "run", "--config"),
    ) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(folder / "notify"))
        self.sock.settimeout(PATIENCE_S)
        self.port = port
        self.config = folder / "bridge.yaml"
        self.configure(profiles=["first"])
        self._log = folder / "log"
        watchdog = {"WATCHDOG_USEC": str(watchdog_us)} if watchdog_us else {}
        with self._log.open("w") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [*command, str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), **watchdog},
            )

    @property
    def uri(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self._log.read_text()

    def configure(self, *, profiles: list[str], more: str = "") -> None:
        lines = "\n".join(f"  {name}: {PROFILE}" for name in profiles)
        self.config.write_text(f"listen: {self.uri}\n{more}profiles:\n{lines}\n")

    def report(self) -> dict[str, str]:
        """Wait for the next report, and return its values by their keys."""
        lines = self.sock.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def reports_until(self, key: str, text: str = "") -> list[dict[str, str]]:
        """Return the reports up to the first in which the value of ``key`` contains ``text``."""
        reports = [self.report()]
        while key not in reports[-1] or text not in reports[-1][key]:
            reports.append(self.report())
        return reports

    def reload(self) -> list[list[str]]:
        """Ask for a reload, and return the keys of each report until the bridge is ready again."""
        self.process.send_signal(signal.SIGHUP)
        return [sorted(report) for report in self.reports_until("READY")]

    def profiles(self) -> str:
        """Return what the health check prints, without the address."""
        return run("health", "--uri", self.uri).stdout.decode().partition(" ")[2].strip()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.sock.close()


@pytest.fixture
def service(tmp_path: Path, free_port: int) -> Iterator[Service]:
    started = Service(tmp_path, port=free_port)
    yield started
    started.end()


@pytest.fixture
def watched(tmp_path: Path, free_port: int) -> Iterator[Service]:
    """A bridge that tests itself every 0.1 s."""
    started = Service(tmp_path, port=free_port, watchdog_us=300_000)
    yield started
    started.end()


def test_a_service_is_ready_when_it_answers_and_says_when_it_stops(service: Service) -> None:
    ready = service.report()
    profiles = service.profiles()
    service.process.send_signal(signal.SIGTERM)
    next_report = service.report()  # without a watchdog, there is no report in between

    assert ready == {"READY": "1", "STATUS": f"Listening at {service.uri}"}
    assert profiles == "answers (profiles: first)"
    assert next_report == {"STOPPING": "1", "STATUS": "Stopping"}
    assert service.process.wait(PATIENCE_S) == 0


def test_a_service_that_cannot_listen_is_never_ready(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = Service(tmp_path, port=taken.getsockname()[1])
        code = service.process.wait(PATIENCE_S)
        report = service.report()
        service.end()

    assert code == 2
    assert "READY" not in report


def test_a_bridge_that_answers_reports_to_the_watchdog(watched: Service) -> None:
    first, *others = [watched.report() for _ in range(4)]

    assert first["READY"] == "1"
    assert others == [{"WATCHDOG": "1", "STATUS": f"Listening at {watched.uri}"}] * 3


def test_a_bridge_that_serves_no_client_does_not_report_to_the_watchdog(watched: Service) -> None:
    """The bridge serves no client because the test does not let it open more files."""
    watched.reports_until("WATCHDOG")
    pid = watched.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(handles_of(pid)), limits[1]))
    watched.reports_until("STATUS", "Not serving")
    failing = [watched.report() for _ in range(3)]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    again = watched.reports_until("WATCHDOG")[-1]

    assert [sorted(report) for report in failing] == [["STATUS"]] * 3
    assert again["STATUS"] == f"Listening at {watched.uri}"
    assert watched.log.count("the bridge does not answer its own test") == 1


def test_a_reload_uses_the_new_configuration(service: Service) -> None:
    service.report()
    service.configure(profiles=["first", "second"])

    reports = service.reload()

    assert reports == [["MONOTONIC_USEC", "RELOADING"], ["READY", "STATUS"]]
    assert service.profiles() == "answers (profiles: first, second)"
    assert "the configuration was read again" in service.log


def test_a_reload_can_change_the_address_and_the_level_of_the_log(
    service: Service,
) -> None:
    service.report()
    before = service.uri
    service.port = another_free_port()
    service.configure(profiles=["first"], more="log: error\n")

    service.reload()

    assert service.profiles() == "answers (profiles: first)"
    assert run("health", "--uri", before).returncode == 3
    assert "the configuration was read again" not in service.log


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("default: nowhere\n", "default: no profile named"),
        ("listen_timeout_s: 0\nlisten_: x\n", "listen_"),
    ],
    ids=["profile", "key"],
)
def test_a_wrong_configuration_is_not_used(service: Service, wrong: str, reason: str) -> None:
    service.report()
    service.configure(profiles=["second"], more=wrong)

    service.reload()

    assert service.profiles() == "answers (profiles: first)"
    assert "the new configuration is not used, and the old one stays in use: " in service.log
    assert reason in service.log


def test_a_configuration_whose_address_is_taken_is_not_used(service: Service) -> None:
    service.report()
    own = service.port
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service.port = taken.getsockname()[1]
        service.configure(profiles=["second"])
        service.reload()
    service.port = own

    assert service.profiles() == "answers (profiles: first)"
    assert "the old one stays in use: cannot listen at" in service.log


async def test_a_reload_waits_for_the_end_of_an_utterance(watched: Service, wyoming_client) -> None:
    """During the wait, the bridge reports to the watchdog.

    Otherwise, the service manager would end the bridge.
    """
    watched.reports_until("READY")
    watched.configure(profiles=["second"])

    async with wyoming_client("127.0.0.1", watched.port) as client:
        await client.say(SPEECH, stop=False)
        await client.write("ping")
        await client.read("pong")  # the bridge has read the audio
        watched.process.send_signal(signal.SIGHUP)
        watched.reports_until("RELOADING")
        waiting = [watched.report() for _ in range(3)]
        await client.write("audio-stop")
        answer = await client.answer()
    watched.reports_until("READY")

    assert ["WATCHDOG" in report for report in waiting] == [True] * 3
    assert answer.data["text"] == WORDS
    assert watched.profiles() == "answers (profiles: second)"


@pytest.fixture
def hurried(tmp_path: Path, free_port: int) -> Iterator[Service]:
    started = Service(tmp_path, port=free_port, command=(sys.executable, "-c", HURRIED))
    yield started
    started.end()


async def test_a_reload_of_a_busy_bridge_lets_utterances_finish(
    hurried: Service, wyoming_client
) -> None:
    """The bridge accepts no more clients, but it has a client with an utterance."""
    hurried.reports_until("READY")
    hurried.configure(profiles=["second"])

    async with wyoming_client("127.0.0.1", hurried.port) as client:
        await client.say(SPEECH[:16000], stop=False)
        await client.write("ping")
        await client.read("pong")  # the bridge has read the audio
        hurried.process.send_signal(signal.SIGHUP)
        await until_refused(hurried.port)
        await client.chunk(SPEECH[16000:])
        await client.write("audio-stop")
        answer = await client.answer()
    hurried.reports_until("READY")

    assert answer.data.get("text") == WORDS
    assert hurried.profiles() == "answers (profiles: second)"


async def until_refused(port: int) -> None:
    """Wait until a bridge accepts no more clients."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return
            writer.close()


def test_a_bridge_in_a_terminal_ends_with_it(free_port: int) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "run", "--uri", f"tcp://127.0.0.1:{free_port}"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    assert process.stdout is not None
    with process:
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        code = process.wait(PATIENCE_S)
    os.close(ours)

    assert code == -signal.SIGHUP
