"""The listen addresses of ``run`` and ``serve``: all addresses, and one that does not exist yet."""

import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from commands import COMMAND, run
from patience import PATIENCE_S


@pytest.mark.once
@pytest.mark.parametrize("host", ["192.0.2.1", "nohost.invalid"])
def test_a_listen_address_that_the_machine_lacks_has_its_own_exit_code(
    host: str, tmp_path: Path
) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text(f"listen: tcp://{host}:1\nlisten_timeout_s: 0\n")

    done = run("run", "--config", str(config))

    assert done.returncode == 3
    assert f"cannot listen at tcp://{host}:1: " in done.stderr.decode()
    assert "Check the network and the listen address." in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.once
def test_the_local_server_waits_for_an_address_too(tmp_path: Path) -> None:
    tokens, config = tmp_path / "tokens", tmp_path / "serve.yaml"
    tokens.write_text("right-token\n")
    config.write_text("listen_timeout_s: 0.1\n")
    files = ("--token-file", str(tokens), "--config", str(config))

    done = run("serve", "--engine", "scripted", "--host", "192.0.2.1", "--port", "1", *files)

    log = done.stderr.decode()
    assert done.returncode == 3
    assert "cannot listen at tcp://192.0.2.1:1: Cannot assign requested address; trying" in log
    assert "tried for 0.1 s. Check the network and the listen address." in log
    assert "Traceback" not in log


@pytest.mark.once
@pytest.mark.parametrize(
    "command",
    [
        ("run", "--uri", "tcp://192.0.2.1:1"),
        ("serve", "--engine", "scripted", "--host", "192.0.2.1", "--token-file", "tokens"),
    ],
    ids=lambda command: command[0],
)
def test_a_program_that_waits_for_its_address_can_be_stopped(
    command: Sequence[str], tmp_path: Path
) -> None:
    (tmp_path / "tokens").write_text("right-token\n")
    command = [*COMMAND, *command]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    line = next(line for line in process.stderr if "cannot listen" in line)
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=PATIENCE_S)[1]

    assert "trying again for 30 s" in line
    assert process.returncode == 0
    assert "Traceback" not in rest


@pytest.mark.once
@pytest.mark.parametrize("host", ["*", "::", "0.0.0.0"])
def test_the_local_server_listens_at_all_addresses(host: str, started, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("right-token\n")
    arguments = ("serve", "--engine", "scripted", "--host", host, "--port", "0")

    _, line = started(*arguments, "--token-file", str(tokens))

    port = int(line.rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) == 0
