"""The workflows, and the Marketplace's ``hacs.json``."""

import hashlib
import json
import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from examples import PROFILES
from git_files import git_files

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
PINNED = re.compile(
    r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # (v\d+\.\d+\.\d+|(main|master) of 20\d\d-\d\d-\d\d)"
)
"""An action that is pinned by its commit. Dependabot reads the version in the comment."""

OF_THIS_REPOSITORY = re.compile(r"\$/\.github/workflows/[\w-]+\.yml")
REGISTRY_DIGESTS = frozenset(
    """
    cd88a6fb1423 2960ad205cb6 6f8647be94c8 cd2c0f63ad37 d0edee15f91b d548c5b83fa6 10bc4eece5c5
    33888e306262 abe609a59390 f4c83fcadc77 e0ce1a7f3f76 02915c173f5b 7b8208d11b1b b5212ebb8516
    8b700413d58e 7282bed9a11a 00e3d33fa2b0 d754ed9f64ac e1845abfab72 128df13c1e54
    """.split()  # noqa: SIM905 - a list of digests reads best as text
)
"""The first 12 digits of the SHA-256 of the names of package and container registries. The names
are hashed because no file, not even this one, may name a registry: users choose their own."""

HOSTS = re.compile(r"\b([a-z0-9]+)\.(?:org|io|com|dev|net|cloud|aws|pm)\b", re.IGNORECASE)

TO_PUSH_AN_IMAGE = {
    "attestations": "write",
    "contents": "read",
    "id-token": "write",
    "packages": "write",
}

GATE_PARTS = re.findall(
    r"[\w-]+",
    re.search(r"^ +(.+)\) parts\+=", (ROOT / "script" / "check").read_text(), re.MULTILINE)[1],
)


def registries_in(text: str) -> list[str]:
    """Return the hosts in a text that are package or container registries."""
    return [
        match[0]
        for match in HOSTS.finditer(text)
        if hashlib.sha256(match[1].lower().encode()).hexdigest()[:12] in REGISTRY_DIGESTS
    ]


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
        "security.yml",
    ]


def test_the_check_runs_each_part_of_the_gate_and_the_package_on_each_python() -> None:
    check = jobs(ROOT / ".github" / "workflows" / "check.yml")
    commands = [step["run"] for job in check.values() for step in job["steps"] if "run" in step]
    parts = [part for each in commands for part in re.findall(r"check --only (\S+)", each)]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pythons = re.findall(r":: (3\.\d+)", " ".join(project["classifiers"]))

    # The job "package" runs on each Python, so there is no job for the second one alone.
    assert sorted([*parts, "package", "second-python"]) == sorted(GATE_PARTS)
    assert set(check) == set(GATE_PARTS) - {"second-python"}
    assert check["package"]["strategy"]["matrix"]["python"] == pythons


def test_asyncio_debugs_in_one_run_of_the_package_and_slow_tests_run_in_one() -> None:
    matrix = jobs(ROOT / ".github" / "workflows" / "check.yml")["package"]["strategy"]["matrix"]

    assert matrix["include"] == [
        {"python": "3.11", "debug": "--asyncio-debug"},
        {"python": "3.14", "group": "--group browser"},
    ]
    assert (ROOT / "script" / "check").read_text().count("--asyncio-debug") == 1


def test_the_test_command_runs_each_part_of_the_gate() -> None:
    parts = re.findall(r"--only (\S+)", (ROOT / "script" / "test").read_text())

    assert sorted(parts) == sorted(GATE_PARTS)


@pytest.mark.parametrize(("workflow", "job"), [("check", "package"), ("nightly", "thorough")])
def test_the_tests_in_a_browser_have_a_browser(workflow: str, job: str) -> None:
    found = jobs(ROOT / ".github" / "workflows" / f"{workflow}.yml")[job]
    commands = " ".join(step.get("run", "") for step in found["steps"])

    assert "--group browser" in commands or "--group dev ${{ matrix.group }}" in commands
    assert commands.index("script/browser") < commands.index("pytest ")


def test_the_nightly_run_uses_the_thorough_hypothesis_profile() -> None:
    nightly = jobs(ROOT / ".github" / "workflows" / "nightly.yml")["thorough"]

    assert nightly["env"]["HYPOTHESIS_PROFILE"] in PROFILES
    assert PROFILES[nightly["env"]["HYPOTHESIS_PROFILE"]] == max(PROFILES.values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_names_no_secret_and_has_minimal_permissions(path: Path) -> None:
    content = yaml.safe_load(path.read_text())

    assert "secrets" not in path.read_text()
    assert content["permissions"] in ({}, {"contents": "read"})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit_and_every_job_has_a_timeout(path: Path) -> None:
    used = re.findall(r"uses: (.+)$", path.read_text(), re.MULTILINE)

    assert used
    assert [
        each for each in used if not (PINNED.fullmatch(each) or OF_THIS_REPOSITORY.fullmatch(each))
    ] == []
    assert all({"timeout-minutes", "uses"} & set(job) for job in jobs(path).values())


def test_an_action_is_used_in_one_version() -> None:
    texts = "".join(path.read_text() for path in WORKFLOWS)
    pinned = set(re.findall(r"uses: ([\w.-]+/[\w./-]+)@(.+)$", texts, re.MULTILINE))

    assert len(pinned) == len({name for name, _ in pinned})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    checkouts = [
        step
        for job in jobs(path).values()
        for step in job.get("steps", [])
        if step.get("uses", "").startswith("actions/checkout@")
    ]

    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_each_push_and_each_week_is_checked_for_known_vulnerabilities() -> None:
    path = ROOT / ".github" / "workflows" / "security.yml"
    commands = [
        step["run"] for job in jobs(path).values() for step in job["steps"] if "run" in step
    ]
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["audit"]

    assert {"push", "pull_request", "schedule"} == set(yaml.safe_load(path.read_text())[True])
    assert {re.match(r"[\w-]+", each)[0] for each in group} == {"pip-audit", "zizmor"}
    assert [each.split()[0] for each in commands if "pip install" not in each] == [
        "zizmor",
        "pip-audit",
    ]


def test_published_files_have_attestations_and_hashes() -> None:
    release = jobs(ROOT / ".github" / "workflows" / "release.yml")
    attested = {
        name: step["with"]
        for name, job in release.items()
        for step in job.get("steps", [])
        if step.get("uses", "").startswith("actions/attest-build-provenance@")
    }
    image = next(
        step["with"] for step in release["image"]["steps"] if "build-push" in step.get("uses", "")
    )

    assert set(attested) == {"attest", "image", "app"}
    assert attested["attest"] == {"subject-path": "dist/*"}
    assert {attested[name]["subject-digest"] for name in ("image", "app")} == {
        "${{ steps.push.outputs.digest }}"
    }
    assert (image["provenance"], image["sbom"]) == ("mode=max", True)
    assert image["platforms"] == "linux/amd64,linux/arm64"
    assert release["index"]["steps"][-1]["with"]["attestations"] is True
    assert any("sha256sum" in step.get("run", "") for step in release["release"]["steps"])


def test_no_registry_is_named() -> None:
    named = []
    for name in git_files():
        path = ROOT / name
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            named += [f"{name}: {host}" for host in registries_in(text)]

    assert named == []


def test_each_job_of_a_release_has_minimal_permissions() -> None:
    release = jobs(ROOT / ".github" / "workflows" / "release.yml")

    assert {name: job["permissions"] for name, job in release.items()} == {
        "version": {"contents": "read"},
        "check": {"contents": "read"},
        "home-assistant": {"contents": "read"},
        "build": {"contents": "read"},
        "attest": {"attestations": "write", "id-token": "write"},
        "image": TO_PUSH_AN_IMAGE,
        "app": TO_PUSH_AN_IMAGE,
        "release": {"contents": "write"},
        "index": {"id-token": "write"},
    }


def test_nothing_is_published_before_all_checks_have_passed() -> None:
    release = jobs(ROOT / ".github" / "workflows" / "release.yml")

    assert release["build"]["needs"] == ["check", "home-assistant"]
    assert {release[name]["needs"] for name in ("image", "app", "attest")} == {"build"}
    assert release["release"]["needs"] == "attest"
    assert release["index"]["needs"] == "release"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_scripts_of_a_workflow_exist(path: Path) -> None:
    scripts = set(re.findall(r"\bscript/[\w-]+", path.read_text()))

    assert {name for name in scripts if not os.access(ROOT / name, os.X_OK)} == set()


def test_a_release_has_the_default_image_and_the_slim_one() -> None:
    image = jobs(ROOT / ".github" / "workflows" / "release.yml")["image"]
    variants = {each["suffix"]: each["extras"] for each in image["strategy"]["matrix"]["include"]}
    (default,) = re.findall(r"^ARG EXTRAS=(.+)$", DOCKERFILE, re.MULTILINE)
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    assert variants == {"": default, "-slim": "house,zeroconf"}
    assert set(",".join(variants.values()).split(",")) <= set(named)
    assert any(
        "build-args" in step.get("with", {})
        and step["with"]["build-args"] == "EXTRAS=${{ matrix.extras }}"
        for step in image["steps"]
    )


def test_both_processors_are_tried_every_night() -> None:
    image = jobs(ROOT / ".github" / "workflows" / "nightly.yml")["image"]

    assert image["strategy"]["matrix"]["script"] == [
        "try-image",
        "try-image --app",
        "try-arm64 --minutes 80",
    ]
    assert "script/$SCRIPT" in image["steps"][-1]["run"]
    [setup] = [each for each in image["steps"] if each.get("run") == "script/setup"]
    assert setup["if"] == "matrix.script == 'try-image --app'"


def test_a_trial_of_an_image_gives_up_before_github_ends_its_job() -> None:
    """Otherwise nothing would say which step took too long."""
    image = jobs(ROOT / ".github" / "workflows" / "nightly.yml")["image"]
    limits = [
        int(re.findall(r"--minutes[ \"\w,=]*?(\d+)", f"{_script_of(command)} {command}")[-1])
        for command in image["strategy"]["matrix"]["script"]
    ]

    assert limits == [30, 30, 80]
    assert max(limits) <= image["timeout-minutes"] - 10  # the packages take some minutes too


def _script_of(command: str) -> str:
    """Return the script of a command, after the program that has the default of ``--minutes``."""
    program = (ROOT / "bench" / "image" / "__main__.py").read_text()
    return program + (ROOT / "script" / command.split(maxsplit=1)[0]).read_text()


def test_the_newest_frontend_is_tried_every_night() -> None:
    frontend = jobs(ROOT / ".github" / "workflows" / "nightly.yml")["frontend"]

    assert frontend["steps"][-1] == {"run": "script/newest-frontend"}


def test_the_newest_home_assistant_is_tried_every_night_without_a_pin() -> None:
    job = jobs(ROOT / ".github" / "workflows" / "nightly.yml")["home-assistant"]
    script = (ROOT / "script" / "newest-home-assistant").read_text()
    downloads = re.findall(r"pip download (?:.*\\\n)*.*", script)

    assert job["steps"][-1] == {"run": "script/newest-home-assistant"}
    assert "continue-on-error" not in job
    assert [each.split()[-1] for each in downloads] == ["homeassistant"]
    assert "--constraint constraints" not in script
    assert "tests/hass_live" in script
