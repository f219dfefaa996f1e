"""Small projects for tests of a release, and the zip of this project."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILES = {
    "LICENSE": "Do as you please.\n",
    "CHANGELOG.md": "# Changes\n\n## Unreleased\n\n- More.\n",
    "app/config.yaml": 'name: Bridge\nversion: "1.2.3"\n',
    "wyoming_bridge/__init__.py": '"""A package."""\n',
    "wyoming_bridge/version.py": 'VERSION = "1.2.3"\n',
    "custom_components/__init__.py": "",
    "custom_components/wyoming_bridge/__init__.py": '"""An integration."""\n',
    "custom_components/wyoming_bridge/manifest.json": '{"version": "1.2.3"}\n',
    "custom_components/wyoming_bridge/strings.json": '{"title": "Bridge"}\n',
}

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the smallest project that can be released."""
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    integration = root / "custom_components" / "wyoming_bridge"
    (integration / "bridge").symlink_to("../../wyoming_bridge")
    (integration / "translations").mkdir()
    (integration / "translations" / "en.json").symlink_to("../strings.json")
    return root


@pytest.fixture
def command() -> Command:
    """Return a function that runs one of our scripts in another project."""

    def run(root: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        copy = root / "script" / script
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "script" / script, copy)
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-I", str(copy), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of this project's release zip."""
    root = tmp_path_factory.mktemp("release")
    shutil.copy(ROOT / "LICENSE", root)
    for name in ("app", "script", "custom_components", "wyoming_bridge"):
        shutil.copytree(ROOT / name, root / name, symlinks=True)
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-I", str(root / "script" / "build-release")], check=True
    )
    return root / "dist" / "wyoming_bridge.zip"
