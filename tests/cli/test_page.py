"""The command ``run --page``."""

import asyncio
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from commands import run
from patience import PATIENCE_S

pytestmark = pytest.mark.once

REMOTE = ("--provider", "reson8", "--url", "ws://127.0.0.1:1", "--uri", "tcp://127.0.0.1:0")


def python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


async def test_the_page_is_where_the_bridge_says(started) -> None:
    process, _listening = started("run", *REMOTE, "--page", "127.0.0.1:0")
    line = await asyncio.to_thread(process.stdout.readline)
    url = line.removeprefix("Page at ").strip()

    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert answer.status == 200
        assert "<title>Wyoming Bridge</title>" in await answer.text()


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("nowhere", "--page: must be host:port, such as 127.0.0.1:10381, got 'nowhere'"),
        ("0.0.0.0:10381", "page: the network can reach 0.0.0.0:10381"),
    ],
)
def test_an_address_that_cannot_be_used_ends_the_command(address: str, problem: str) -> None:
    done = run("run", *REMOTE, "--page", address)

    assert done.returncode == 2
    assert problem in done.stderr.decode()


def test_the_command_line_changes_only_the_address(tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    config.write_text(
        "page: {address: 'nowhere:1', ingress: true}\n"
        "listen: tcp://127.0.0.1:0\n"
        "listen_timeout_s: 0\n"
        "profiles: {remote: {provider: reson8, token: x}}\n"
    )

    done = run("run", "--config", str(config), "--page", "192.0.2.1:10381")

    # With ``ingress``, the page needs no token, so the command tries to listen at the address.
    assert "cannot listen at tcp://192.0.2.1:10381" in done.stderr.decode()


def test_without_the_web_framework_the_command_says_how_to_get_it() -> None:
    done = python(
        "import sys; sys.modules['aiohttp'] = None\n"
        "from wyoming_bridge.cli.main import run_command\n"
        f"sys.exit(run_command(['run', *{REMOTE!r}, '--page', '127.0.0.1:0']))"
    )

    assert done.returncode == 2
    assert "the page needs aiohttp: pip install 'wyoming-bridge[media]'" in done.stderr


def test_a_bridge_without_a_page_does_not_load_the_web_framework() -> None:
    done = python(
        "import sys\n"
        "from wyoming_bridge.app.bridge import BridgeApp\n"
        "from wyoming_bridge.config import Config\n"
        "BridgeApp(Config())\n"
        "print(sorted({'aiohttp', 'av', 'numpy'} & set(sys.modules)))"
    )

    assert done.stdout == "[]\n", done.stderr
