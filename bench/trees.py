"""The option ``--tree``, with which a benchmark also measures the bridge of other source trees.

Most benchmarks start each tree's bridge as a process of its own. A benchmark that imports the
package runs itself again for each tree instead.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from processes import BENCH, environment

__all__ = ["add_tree_option", "run_in_trees", "source_tree"]

_VARIABLE: Final = "BENCH_TREE"
"""The environment variable with the source tree of a benchmark that ``run_in_trees`` started."""


def add_tree_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--tree`` to the options of a benchmark."""
    parser.add_argument(
        "--tree",
        type=Path,
        action="append",
        default=[],
        help="also measure the bridge in this source tree; may be repeated",
    )


def source_tree() -> Path:
    """Return the source tree that a benchmark has to import the package from."""
    return Path(os.environ.get(_VARIABLE, BENCH.parent))


def run_in_trees(trees: Sequence[Path]) -> int:
    """Run this benchmark with its other options in its own source tree and in each of ``trees``.

    Return the exit code of the run in its own tree.
    """
    parser = argparse.ArgumentParser(add_help=False)
    add_tree_option(parser)
    _, options = parser.parse_known_args()
    codes = []
    for tree in (BENCH.parent, *(each.resolve() for each in trees)):
        print(f"\n{tree}:\n", flush=True)
        env = {**environment(tree), _VARIABLE: str(tree)}
        command = [sys.executable, sys.argv[0], *options]
        codes.append(subprocess.run(command, env=env, check=False).returncode)
    return codes[0]
