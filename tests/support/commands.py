"""Runs the command ``wyoming-bridge`` as a process."""

import os
import subprocess
import sys
from pathlib import Path

from patience import PATIENCE_S

__all__ = ["COMMAND", "SAMPLES", "run"]

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"
COMMAND = (sys.executable, "-m", "wyoming_bridge")


def run(
    *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, **(env or {})},
    )
