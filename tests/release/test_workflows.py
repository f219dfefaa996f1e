"""The parts that make a release: workflows, image, and the Marketplace's file."""

import asyncio
import json
import os
import re
import shlex
import sys
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import yaml

from examples import PROFILES
from wyoming_bridge.cli.parser import new_parser
from wyoming_bridge.config import Address, Config, LocalBackend, Profile

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
PINNED = re.compile(r"@(v\d+|release/v\d+)$")
BRANCH_ONLY = {"home-assistant/actions/hassfest@master", "hacs/action@main"}

GATE_PARTS = re.findall(
    r"[\w-]+",
    re.search(r"^ +(.+)\) parts\+=", (ROOT / "script" / "check").read_text(), re.MULTILINE)[1],
)

StartBridge = Callable[[Config], Awaitable[tuple[str, int]]]


def instruction(name: str) -> list[str]:
    """Return the arguments of the Dockerfile's last instruction of this name, if it is a list."""
    return json.loads(re.findall(rf"^{name} .*?(\[.+\])$", DOCKERFILE, re.MULTILINE)[-1])


def jobs(path: Path) -> dict[str, dict]:
    return yaml.safe_load(path.read_text())["jobs"]


def test_the_marketplaces_file_names_the_zip_and_the_required_version() -> None:
    assert json.loads((ROOT / "hacs.json").read_text()) == {
        "name": "Wyoming Bridge",
        "filename": "wyoming_bridge.zip",
        "zip_release": True,
        "hide_default_branch": True,
        "homeassistant": "2026.10.0",
    }


def test_each_workflow_has_its_file() -> None:
    assert [path.name for path in WORKFLOWS] == [
        "check.yml",
        "home-assistant.yml",
        "nightly.yml",
        "release.yml",
    ]


def test_the_check_runs_each_part_of_the_gate_and_the_package_on_each_python() -> None:
    check = jobs(ROOT / ".github" / "workflows" / "check.yml")
    commands = [step["run"] for job in check.values() for step in job["steps"] if "run" in step]
    parts = [part for each in commands for part in re.findall(r"check --only (\S+)", each)]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pythons = re.findall(r":: (3\.\d+)", " ".join(project["classifiers"]))

    assert sorted([*parts, "package"]) == sorted(GATE_PARTS)
    assert set(check) == set(GATE_PARTS)
    assert check["package"]["strategy"]["matrix"]["python"] == pythons


def test_asyncio_debugs_in_one_run_of_the_package() -> None:
    matrix = jobs(ROOT / ".github" / "workflows" / "check.yml")["package"]["strategy"]["matrix"]

    assert matrix["include"] == [{"python": "3.11", "debug": "--asyncio-debug"}]
    assert "asyncio-debug" in (ROOT / "script" / "test").read_text()
    assert "asyncio-debug" not in (ROOT / "script" / "check").read_text()


def test_the_nightly_run_uses_the_thorough_hypothesis_profile() -> None:
    (nightly,) = jobs(ROOT / ".github" / "workflows" / "nightly.yml").values()

    assert nightly["env"]["HYPOTHESIS_PROFILE"] in PROFILES
    assert PROFILES[nightly["env"]["HYPOTHESIS_PROFILE"]] == max(PROFILES.values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_names_no_secret_and_has_minimal_permissions(path: Path) -> None:
    content = yaml.safe_load(path.read_text())

    assert "secrets" not in path.read_text()
    assert content["permissions"] in ({}, {"contents": "read"})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_and_every_job_has_a_timeout(path: Path) -> None:
    steps = [step for job in jobs(path).values() for step in job.get("steps", [])]
    used = {step["uses"] for step in steps if "uses" in step}

    assert {name for name in used - BRANCH_ONLY if not PINNED.search(name)} == set()
    assert all({"timeout-minutes", "uses"} & set(job) for job in jobs(path).values())


def test_each_job_of_a_release_has_minimal_permissions() -> None:
    release = jobs(ROOT / ".github" / "workflows" / "release.yml")

    assert {name: job["permissions"] for name, job in release.items()} == {
        "version": {"contents": "read"},
        "check": {"contents": "read"},
        "home-assistant": {"contents": "read"},
        "build": {"contents": "read"},
        "image": {"contents": "read", "packages": "write"},
        "release": {"contents": "write"},
        "index": {"id-token": "write"},
    }


def test_nothing_is_published_before_all_checks_have_passed() -> None:
    release = jobs(ROOT / ".github" / "workflows" / "release.yml")

    assert release["build"]["needs"] == ["check", "home-assistant"]
    assert {release[name]["needs"] for name in ("image", "release")} == {"build"}
    assert release["index"]["needs"] == "release"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_scripts_of_a_workflow_exist(path: Path) -> None:
    scripts = set(re.findall(r"\bscript/[\w-]+", path.read_text()))

    assert {name for name in scripts if not os.access(ROOT / name, os.X_OK)} == set()


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


async def test_the_image_is_healthy_only_while_the_bridge_answers(
    start_bridge: StartBridge, free_port: int
) -> None:
    offline = Profile(name="offline", backend=LocalBackend(engine="scripted"))
    anywhere = Address.parse("tcp://127.0.0.1:0", key="uri")
    _, port = await start_bridge(Config(listen=anywhere, profiles=(offline,)))
    python, option, program = instruction("HEALTHCHECK")

    async def health(port: int) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            option,
            program.replace("10300", str(port)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    assert python == "python"
    assert [await health(port), await health(free_port)] == [0, 1]
