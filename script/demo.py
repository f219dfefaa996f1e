"""Start the bridge, transcribe a sample with it, and keep it running.

script/run starts this script in .venv. Exit codes:

- if the bridge is not ready within 30 s: 1;
- if the bridge ended by itself: its own code (128 + N if signal N ended it);
- with --once: the code of "wyoming-bridge transcribe", which is 0 only for a transcript with words;
- after Ctrl-C, SIGTERM or a closed terminal: 0 after the sample, because users stop it in this way;
  128 + N before, because the sample was not transcribed.
"""

import argparse
import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Final, TextIO
from urllib.parse import urlsplit

COMMAND: Final = str(Path(sys.executable).with_name("wyoming-bridge"))
SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples"
SAMPLE: Final = str(SAMPLES / "commands" / "is-the-front-door-locked.wav")
HOUSE: Final = str(SAMPLES / "house.yaml")
"""The example house, which has the door that the sample names."""

KNOWN_HOUSE: Final = """\
The bridge knows the names in samples/house.yaml. To use another house:
  script/run -- --house FILE"""

OWN_HOUSE: Final = ("--config", "--house")
"""If the user passes one of these options to the bridge, this script does not add ``--house``,
because the bridge accepts only one of them."""

READY_TIMEOUT_S: Final = 30.0
"""The longest wait for the bridge. Loading the local model takes seconds on a slow board."""

TRANSCRIBE_TIMEOUT_S: Final = 120.0
"""The longest run of a transcription. The sample lasts only seconds."""

STOP_TIMEOUT_S: Final = 5.0
"""The wait before the bridge is killed. It usually stops within a second."""

READY: Final = re.compile(r"Listening at (\S+)")
UTTERANCE: Final = re.compile(r" INFO profile .*, utterance ")
"""The log lines of an utterance that went well."""

WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 # looked up, never bound


class Forwarder:
    """Prints the bridge's lines, but not while the transcript changes in place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: list[tuple[str, TextIO]] | None = None

    def forward(self, lines: Iterable[str], output: TextIO) -> Iterator[str]:
        """Print and yield each line as soon as it arrives."""
        for line in lines:
            with self._lock:
                if self._held is None:
                    print(line, end="", file=output, flush=True)
                else:
                    self._held.append((line, output))
            yield line

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep lines during the block, and print them at its end."""
        with self._lock:
            self._held = []
        try:
            yield
        finally:
            with self._lock:
                for line, output in self._held:
                    print(line, end="", file=output, flush=True)
                self._held = None

    def drop_utterance(self) -> None:
        """Drop the held lines about an utterance, because its transcript says the same."""
        with self._lock:
            self._held = [each for each in self._held or () if not UTTERANCE.search(each[0])]


class StoppedError(Exception):
    """The user or the system asked this script to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def main(arguments: list[str]) -> int:
    """Run the demonstration and return its exit code."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(
        prog="script/run",
        usage="script/run [--once] [-- ARGUMENTS of wyoming-bridge run]",
        description="Start the bridge, transcribe a sample with it, and keep it running.",
    )
    parser.add_argument("--once", action="store_true", help="end after the sample")
    once: bool = parser.parse_args(arguments[:at]).once

    handle_signals(_stop)
    own = arguments[at + 1 :]
    has_own_house = names_house(own)
    house = [] if has_own_house else ["--house", HOUSE]
    try:
        with running_bridge([*own, *house]) as bridge:
            return demonstrate(bridge, once=once, sends_house=has_own_house)
    except StoppedError as stopped:
        return stopped.exit_code


def names_house(arguments: Iterable[str]) -> bool:
    """Return whether arguments of the bridge name a house or a configuration file."""
    return any(argument.partition("=")[0] in OWN_HOUSE for argument in arguments)


def handle_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    """Set the handler of the signals that end this script."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C must not interrupt the shutdown and leave the bridge running.
    handle_signals(signal.SIG_IGN)
    raise StoppedError(number)


@contextlib.contextmanager
def running_bridge(arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start the bridge, and stop it when the block ends for any reason."""
    bridge = subprocess.Popen(
        [COMMAND, "run", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=os.environ | {"PYTHONUNBUFFERED": "1"},  # otherwise Python buffers lines to a pipe
        process_group=0,  # Ctrl-C reaches only this script, which then stops the bridge
    )
    try:
        yield bridge
    finally:
        handle_signals(signal.SIG_IGN)
        end(bridge)


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Terminate a process, and kill it if it does not end in time."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def demonstrate(bridge: subprocess.Popen[str], *, once: bool, sends_house: bool) -> int:
    """Wait until the bridge is ready, transcribe the sample, and return the exit code.

    With ``sends_house`` the names in the example house are sent with the sample, because the bridge
    does not know them. Without ``once``, return only after the bridge has ended or this script was
    asked to stop.
    """
    uris: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    forwarder = Forwarder()
    threads = [
        threading.Thread(target=watch, args=(forwarder, bridge, uris), daemon=True),
        threading.Thread(target=pass_on, args=(forwarder, bridge), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        uri = uris.get(timeout=READY_TIMEOUT_S)
    except queue.Empty:
        print_error(f"the bridge was not ready within {READY_TIMEOUT_S:.0f} s")
        return 1
    if uri is None:
        threads[1].join(STOP_TIMEOUT_S)
        return exit_code(bridge) or int(once)  # with --once, a missing transcript is a failure

    code = show_sample(forwarder, uri, sends_house=sends_house)
    if once:
        return code
    if bridge.poll() is None:
        if code != 0:
            print_error(f"the sample was not transcribed (exit code {code}); the bridge still runs")
        print(home_assistant(uri), flush=True)
        if not sends_house:
            print(KNOWN_HOUSE, flush=True)
    try:
        for thread in threads:
            thread.join()  # the threads end when the bridge ends
    except StoppedError:
        return 0
    return exit_code(bridge)


def show_sample(forwarder: Forwarder, uri: str, *, sends_house: bool) -> int:
    """Transcribe the sample while the bridge's lines are held, and return the exit code."""
    with forwarder.held():
        code = transcribe(uri, sends_house=sends_house)
        if code == 0:
            forwarder.drop_utterance()
    return code


def watch(
    forwarder: Forwarder, bridge: subprocess.Popen[str], uris: queue.SimpleQueue[str | None]
) -> None:
    """Print the bridge's output. Put each address in it into the queue, and None at its end."""
    for line in forwarder.forward(bridge.stdout or (), sys.stdout):
        if ready := READY.match(line):
            uris.put(ready[1])
    uris.put(None)


def pass_on(forwarder: Forwarder, bridge: subprocess.Popen[str]) -> None:
    """Print the bridge's log and errors."""
    for _ in forwarder.forward(bridge.stderr or (), sys.stderr):
        pass


def exit_code(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> int:
    """Wait up to 5 s for the end of a process, and return its exit code as a shell reports it."""
    try:
        code = process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        print_error("the bridge closed its output but did not end")
        return 1
    return code if code >= 0 else 128 - code


def transcribe(uri: str, *, sends_house: bool) -> int:
    """Send the sample to the bridge and return the exit code."""
    for wildcard, loopback in WILDCARDS.items():
        if urlsplit(uri).hostname == wildcard:
            uri = f"tcp://{loopback}:{urlsplit(uri).port}"
    command = [COMMAND, "transcribe", SAMPLE, "--uri", uri]
    if sends_house:
        command += ["--house", HOUSE]
    process = subprocess.Popen(command)
    try:
        process.wait(TRANSCRIBE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        print_error(f"the sample was not transcribed within {TRANSCRIBE_TIMEOUT_S:.0f} s")
        return 1
    finally:
        end(process)
    return exit_code(process)


def home_assistant(uri: str) -> str:
    """Return instructions for adding the bridge to Home Assistant."""
    host, port = urlsplit(uri).hostname, urlsplit(uri).port
    lines = ["", "The bridge is running. Press Ctrl-C to stop it. To add it to Home Assistant:"]
    where = "Settings > Devices & services > Add integration"
    shown = "this machine's address" if host in WILDCARDS else host
    lines += [
        f"  {where} > Wyoming Protocol, host: {shown}, port: {port}",
        "Or with the bridge's own integration (docs/home-assistant.md), which is faster:",
        f"  {where} > Wyoming Bridge > Remote bridge, the same host and port",
    ]
    if host in {"127.0.0.1", "::1", "localhost"}:
        lines += [
            "Only a Home Assistant on this machine can use that address. To use the network:",
            f"  script/run -- --uri tcp://0.0.0.0:{port}",
        ]
    return "\n".join(lines)


def print_error(message: str) -> None:
    """Print an error line."""
    print(f"script/run: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
