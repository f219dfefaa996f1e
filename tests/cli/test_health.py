"""The command that tests a running bridge. A healthy bridge answers ``describe``."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from patience import PATIENCE_S
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile

pytestmark = pytest.mark.once

COMMAND = (sys.executable, "-m", "wyoming_bridge")
OFFLINE = Profile(name="offline", backend=LocalBackend(engine="scripted"))
LOOPBACK = Address(host="127.0.0.1", port=0)

StartBridge = Callable[[Config], Awaitable[tuple[str, int]]]


async def health(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and its output."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "health",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    return process.returncode or 0, output.decode()


def written(folder: Path, text: str) -> str:
    path = folder / "bridge.yaml"
    path.write_text(f"profiles: {{offline: {{provider: local, engine: scripted}}}}\n{text}")
    return str(path)


async def test_a_bridge_that_answers_is_healthy(start_bridge: StartBridge) -> None:
    _, port = await start_bridge(Config(listen=LOOPBACK, profiles=(OFFLINE,)))

    for host in ("127.0.0.1", "0.0.0.0", "localhost"):
        uri = f"tcp://{host}:{port}"
        assert await health("--uri", uri) == (0, f"{uri} answers (profiles: offline)\n")


async def test_the_configured_address_and_token_are_used(
    start_bridge: StartBridge, tmp_path: Path
) -> None:
    access = Access(token="t0k3n", trust_loopback=False)
    _, port = await start_bridge(Config(listen=LOOPBACK, profiles=(OFFLINE,), access=access))
    listen = f"listen: tcp://0.0.0.0:{port}\ntrust_loopback: false\n"

    right = await health("--config", written(tmp_path, f"{listen}access_token: t0k3n"))
    wrong = await health("--config", written(tmp_path, f"{listen}access_token: other"))
    missing = await health("--config", written(tmp_path, listen))

    assert right == (0, f"tcp://0.0.0.0:{port} answers (profiles: offline)\n")
    assert [code for code, _ in (wrong, missing)] == [2, 2]
    assert "t0k3n" not in f"{right}{wrong}{missing}"


async def test_a_bridge_that_does_not_list_this_machine_counts_as_healthy(
    start_bridge: StartBridge,
) -> None:
    access = Access(allow=("192.0.2.1",), trust_loopback=False)
    _, port = await start_bridge(Config(listen=LOOPBACK, profiles=(OFFLINE,), access=access))

    code, output = await health("--uri", f"tcp://127.0.0.1:{port}")

    assert (code, "allow list does not have this machine" in output) == (0, True)


async def test_each_address_of_a_profile_must_answer(
    start_bridge: StartBridge, free_port: int, tmp_path: Path
) -> None:
    _, port = await start_bridge(Config(listen=LOOPBACK, profiles=(OFFLINE,)))
    path = tmp_path / "bridge.yaml"
    path.write_text(
        f"listen: tcp://127.0.0.1:{port}\nprofiles: {{offline: {{provider: local, "
        f"engine: scripted, listen: 'tcp://127.0.0.1:{free_port}'}}}}\n"
    )

    code, output = await health("--config", str(path))

    assert code == 3
    assert f"no bridge answers at tcp://127.0.0.1:{free_port}" in output


INFO = {"type": "info", "data": {"asr": []}}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"", "closed the connection without an answer"),
        (b"220 mail.example ESMTP\r\n", "is not a Wyoming server"),
        (json.dumps({"type": "pong"}).encode() + b"\n", "closed the connection without an answer"),
        (json.dumps(INFO).encode() + b"\n", "is not Wyoming Bridge"),
        (
            b'{"type": "error", "data": {"text": "full", "code": "busy"}}\n',
            "full",
        ),
    ],
    ids=["hang-up", "mail", "pong", "nothing-offered", "error"],
)
async def test_a_server_that_does_not_answer_describe_is_not_healthy(
    answer: bytes, message: str
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        code, output = await health("--uri", f"tcp://127.0.0.1:{port}")

    assert code == 3
    assert message in output


async def test_a_port_where_no_server_listens_is_not_healthy(free_port: int) -> None:
    code, output = await health("--uri", f"tcp://127.0.0.1:{free_port}")

    assert (code, f"no bridge answers at tcp://127.0.0.1:{free_port}" in output) == (3, True)


@pytest.fixture
def process(free_port: int, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A bridge with a configuration file, and the address that it gets on the command line."""
    uri = f"tcp://127.0.0.1:{free_port}"
    config = written(tmp_path, "access_token_env: BRIDGE_TOKEN\ntrust_loopback: false\n")
    running = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "run", "--config", config, "--uri", uri],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "BRIDGE_TOKEN": "t0k3n"},
    )
    assert running.stdout is not None
    running.stdout.readline()
    yield running, uri
    running.kill()
    running.communicate()


async def test_the_options_of_a_running_bridge_are_found(
    process: tuple[subprocess.Popen[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    running, uri = process
    monkeypatch.setenv("BRIDGE_TOKEN", "t0k3n")

    assert await health("--of-process", str(running.pid)) == (
        0,
        f"{uri} answers (profiles: offline)\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--of-process", str(os.getpid())), f"the process {os.getpid()} is not wyoming-bridge"),
        (("--of-process", "999999999"), "/proc/999999999/cmdline cannot be read: No such file"),
        (
            ("--of-process", "1", "--uri", "tcp://127.0.0.1:1"),
            "--of-process cannot be combined with --uri or --config",
        ),
        (("--uri", "tcp://127.0.0.1:0"), "the port must be known, got 0"),
    ],
    ids=["these-tests", "no-process", "two-sources", "any-port"],
)
async def test_options_that_name_no_bridge_are_refused(
    arguments: tuple[str, ...], message: str
) -> None:
    code, output = await health(*arguments)

    assert (code, message in output) == (2, True)
