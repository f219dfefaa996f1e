"""The files for Docker Compose and GitHub have the structure that these programs expect.

The schemas are those of the package ``check-jsonschema``, which has a copy of each.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
COMPOSE_FILES = [ROOT / "compose.yaml", *sorted((ROOT / "deploy").glob("compose*.yaml"))]
SCHEMAS = {
    "vendor.compose-spec": COMPOSE_FILES,
    "vendor.dependabot": [ROOT / ".github" / "dependabot.yml"],
    "vendor.github-workflows": sorted((ROOT / ".github" / "workflows").glob("*.yml")),
}


def problems_of(schema: str, *paths: Path) -> str:
    """Return what is wrong with files; empty if they have the structure of the schema."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_file_has_the_structure_of_its_schema(schema: str) -> None:
    assert SCHEMAS[schema]
    assert problems_of(schema, *SCHEMAS[schema]) == ""


@pytest.mark.parametrize("path", COMPOSE_FILES, ids=lambda path: path.parent.name)
def test_a_compose_file_with_a_mistake_is_noticed(path: Path, tmp_path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    next(iter(content["services"].values()))["stop_grace_periods"] = "40s"
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(yaml.safe_dump(content))

    assert "stop_grace_periods" in problems_of("vendor.compose-spec", wrong)
