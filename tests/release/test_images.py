"""The base images and the images in ``deploy`` are pinned, or Dependabot proposes their updates."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from git_files import git_files

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
DOCKERFILES = [ROOT / "Dockerfile", ROOT / "app" / "Dockerfile"]
DIGEST = re.compile(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}")
BUILT_HERE = "wyoming-bridge"
DEPENDABOT = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]


def bases_in(path: Path) -> list[str]:
    return re.findall(r"^FROM (\S+)", path.read_text(), re.MULTILINE)


def images_in(value: object) -> Iterator[str]:
    """Yield the images that a Compose file or a manifest names, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("image"), str):
            yield value["image"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from images_in(each)


def folders(ecosystem: str) -> set[str]:
    """Return the folders in which Dependabot looks for new versions."""
    return {
        folder
        for each in DEPENDABOT
        if each["package-ecosystem"] == ecosystem
        for folder in each.get("directories", [each.get("directory")])
    }


def test_each_dockerfile_is_known() -> None:
    assert [ROOT / name for name in git_files("*Dockerfile")] == DOCKERFILES


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_the_base_image_is_pinned_by_its_digest(path: Path) -> None:
    """The base image of the app is an argument, and the release checks that it has a digest."""
    bases = bases_in(path)

    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert DIGEST.fullmatch(bases[0]) or bases[0] == "${BUILD_FROM}"


@pytest.mark.parametrize(
    ("base", "is_pinned"),
    [
        (f"registry.invalid/base-debian:trixie@sha256:{'0' * 64}", True),
        ("registry.invalid/base-debian:trixie", False),
        ("registry.invalid/base-debian:trixie@sha256:0", False),
    ],
)
def test_a_release_of_the_app_needs_the_digest_of_its_base_image(
    base: str, *, is_pinned: bool
) -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    steps = release["jobs"]["app"]["steps"]
    (place,) = [number for number, step in enumerate(steps) if "BASE" in step.get("env", {})]
    (build,) = [n for n, step in enumerate(steps) if "build-push" in step.get("uses", "")]
    done = subprocess.run(  # noqa: S603 - our own script
        ["bash", "-e", "-c", steps[place]["run"]],  # noqa: S607 - as on GitHub
        env={"BASE": base},
        capture_output=True,
        check=False,
    )

    assert place < build
    assert steps[place]["env"]["BASE"] == "${{ vars.APP_BASE_IMAGE }}"
    assert (done.returncode == 0) is is_pinned


def test_new_versions_of_all_pinned_dependencies_are_proposed() -> None:
    used = {each["package-ecosystem"] for each in DEPENDABOT}

    assert used == {"github-actions", "docker", "docker-compose", "pip"}
    assert all(each["cooldown"]["default-days"] >= 7 for each in DEPENDABOT)


@pytest.mark.parametrize(
    ("ecosystem", "path"),
    [
        ("docker", ROOT / "deploy" / "kubernetes.yaml"),
        ("docker-compose", ROOT / "deploy" / "compose.yaml"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.stem,
)
def test_new_versions_of_the_images_that_are_named_by_tags_are_proposed(
    ecosystem: str, path: Path
) -> None:
    others = {
        image
        for document in yaml.safe_load_all(path.read_text())
        for image in images_in(document)
        if image != BUILT_HERE
    }

    assert others
    assert all(":" in each and not each.endswith(":latest") for each in others)
    assert "/deploy" in folders(ecosystem)


def test_new_base_images_are_proposed() -> None:
    assert {f"/{path.parent.relative_to(ROOT)}".replace("/.", "/") for path in DOCKERFILES} <= (
        folders("docker")
    )


@pytest.mark.parametrize(("pushed", "agrees"), [("sha256:1", True), ("sha256:2", False)])
def test_a_release_fails_if_the_app_names_another_image_than_the_pushed_one(
    tmp_path: Path, pushed: str, *, agrees: bool
) -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    *_, step = release["jobs"]["app"]["steps"]
    (named,) = images_in(yaml.safe_load((ROOT / "app" / "config.yaml").read_text()))
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\necho "$@" > "$0.log"\necho sha256:1\n')
    docker.chmod(0o755)

    done = subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", "-e", "-c", step["run"]],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "VERSION": "1.2.3", "PUSHED": pushed},
        capture_output=True,
        text=True,
        check=False,
    )

    assert step["env"]["PUSHED"] == "${{ steps.push.outputs.digest }}"
    assert (tmp_path / "docker.log").read_text() == (
        f"buildx imagetools inspect {named}:1.2.3 --format {{{{.Manifest.Digest}}}}\n"
    )
    assert (done.returncode == 0) is agrees
    assert (named in done.stderr) is not agrees


def test_the_notes_of_a_release_name_the_images_that_the_documentation_describes(
    tmp_path: Path,
) -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    (step,) = [
        step for step in release["jobs"]["release"]["steps"] if "IMAGE" in step.get("env", {})
    ]
    (pushed,) = [
        each["with"]
        for each in release["jobs"]["image"]["steps"]
        if "metadata-action" in each.get("uses", "")
    ]
    (tmp_path / "notes.md").write_text("- A change.\n")
    image = step["env"]["IMAGE"].replace("${{ vars.IMAGE_REGISTRY }}", "REGISTRY")
    image = image.replace("${{ github.repository }}", "wyoming-bridge/wyoming-bridge")

    subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", "-e", "-c", step["run"]],
        cwd=tmp_path,
        env={"IMAGE": image, "GITHUB_REF_NAME": "VERSION"},
        check=True,
    )

    notes = (tmp_path / "notes.md").read_text()
    assert step["env"]["IMAGE"] == pushed["images"]
    assert notes == f"- A change.\n\n### Images\n\n- `{image}:VERSION`\n- `{image}:VERSION-slim`\n"
    for page in ("container.md", "install.md"):
        assert f"`{image}:VERSION`" in (ROOT / "docs" / page).read_text()
