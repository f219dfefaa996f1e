"""The check of all whole runs for modules that the integration imports in an event loop."""

import subprocess
import sys
from pathlib import Path

from patience import PATIENCE_S
from programs import WATCHED

_CODE = """\
import asyncio
import concurrent.futures.thread

def late(name):
    __import__(name)

async def run():
    late("colorsys")
    late("colorsys")
    await asyncio.to_thread(late, "sched")

late("quopri")
asyncio.run(run())
"""


def output_of(folder: Path) -> list[str]:
    """Run the code as a file in this folder, and return the lines of the watcher."""
    folder.mkdir(parents=True)
    file = folder / "code.py"
    file.write_text(_CODE)
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, str(file)],
        env={"PYTHONPATH": WATCHED},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    return [line for line in done.stderr.splitlines() if line.startswith("loop import:")]


def test_an_import_of_the_integration_in_an_event_loop_is_printed_once(tmp_path: Path) -> None:
    folder = tmp_path / "custom_components" / "wyoming_bridge"

    lines = output_of(folder)

    assert lines == [f"loop import: colorsys at {folder / 'code.py'}:5"]


def test_imports_of_others_are_not_printed(tmp_path: Path) -> None:
    assert output_of(tmp_path / "custom_components" / "other") == []
