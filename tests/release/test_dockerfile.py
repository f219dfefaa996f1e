"""The Dockerfile: what the image contains, how it starts, and when it is healthy."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from patience import PATIENCE_S
from wyoming_bridge.cli.parser import new_parser

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())


def instruction(name: str) -> list[str]:
    """Return the list of arguments of the last instruction with this name in the Dockerfile."""
    return json.loads(re.findall(rf"^{name} .*?(\[.+\])$", DOCKERFILE, re.MULTILINE)[-1])


def test_the_files_that_the_image_copies_exist_and_are_not_ignored() -> None:
    copied = {
        name
        for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for name in shlex.split(line)
    }
    ignored, *let_in = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith(("*", "!")) and line != "**/__pycache__"
    ]

    assert ignored == "*"
    assert {line.removeprefix("!") for line in let_in} == copied
    assert {name for name in copied if not (ROOT / name).exists()} == set()


def test_the_image_starts_a_bridge_for_the_network_at_its_exposed_port() -> None:
    arguments = new_parser().parse_args(instruction("CMD"))
    port = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)

    assert instruction("ENTRYPOINT") == ["wyoming-bridge"]
    assert arguments.command == "run"
    assert [arguments.uri] == [f"tcp://0.0.0.0:{number}" for number in port]


def test_the_image_works_without_the_packages_that_it_removes(tmp_path: Path) -> None:
    removed = re.search(r"pip uninstall --yes (.+)$", DOCKERFILE, re.MULTILINE)[1].split()
    for name in removed:
        (tmp_path / f"{name}.py").write_text("raise ModuleNotFoundError(__name__)\n")
    arguments = ("--pace", "fast", str(ROOT / "samples" / "something.wav"))
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])

    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "wyoming_bridge", "transcribe", *arguments],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )

    assert removed == ["sounddevice", "cffi", "pycparser", "pip"]
    assert done.stdout == b"Go somewhere and do something.\n"


def test_the_image_runs_without_root_wherever_compose_starts_it() -> None:
    (service,) = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].values()
    users = re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)
    port = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)

    assert users == ["10300:10300"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ports"] == [f"{number}:{number}" for number in port]


@pytest.fixture
async def image(free_port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bridge, started with the command of the image but at a free port."""
    command, option, _ = instruction("CMD")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "wyoming_bridge",
        command,
        option,
        f"tcp://127.0.0.1:{free_port}",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    yield process
    with suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


async def test_the_image_is_healthy_only_while_the_bridge_answers(
    image: asyncio.subprocess.Process,
) -> None:
    """The health check gets its options from the command line of the running bridge."""
    (check,) = re.findall(r"^HEALTHCHECK .*CMD (.+)$", DOCKERFILE, re.MULTILINE)

    async def health() -> int:
        command = check.replace(
            "wyoming-bridge", f"{shlex.quote(sys.executable)} -m wyoming_bridge"
        )
        process = await asyncio.create_subprocess_shell(
            command.replace("--of-process 1", f"--of-process {image.pid}"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    assert check == "wyoming-bridge health --of-process 1 || exit 1"
    async with asyncio.timeout(PATIENCE_S):
        assert image.stdout is not None
        await image.stdout.readline()
        assert await health() == 0
        image.kill()
        await image.wait()
        assert await health() == 1
