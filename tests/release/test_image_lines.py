"""``bench.image`` waits for lines that the bridge really prints.

The trials take minutes and need root, so they would show a changed text only at night.
"""

import ast
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import pytest

import bench.image
import wyoming_bridge

pytestmark = pytest.mark.once

TRIALS = Path(bench.image.__file__).parent
PACKAGE = Path(wyoming_bridge.__file__).parent

FOREIGN = {"ready"}
"""Lines that the trial's own programs print."""


def trees(folder: Path, pattern: str) -> Iterator[ast.Module]:
    for path in folder.rglob(pattern):
        yield ast.parse(path.read_text())


def awaited() -> set[str]:
    """Return the lines that the trials wait for."""
    return {
        node.args[0].value
        for tree in trees(TRIALS, "*_trial.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "wait_for_line"
        and isinstance(node.args[0], ast.Constant)
    }


def texts() -> set[str]:
    """Return the texts in the package's code; of texts with values, the parts between these."""
    return {
        part
        for tree in trees(PACKAGE, "*.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for part in node.value.split("%s")
    }


def common(line: str, text: str) -> int:
    """Return the length of the longest part that a line and a text have in common."""
    return SequenceMatcher(None, line, text, autojunk=False).find_longest_match().size


def test_the_trials_wait_for_lines_of_the_bridge() -> None:
    lines, known = awaited() - FOREIGN, {text for text in texts() if len(text) < 300}

    unknown = {line for line in lines if max(common(line, text) for text in known) < len(line) / 2}

    assert len(lines) > 5
    assert unknown == set()
