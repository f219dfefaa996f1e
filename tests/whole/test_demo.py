"""The demonstration of ``script/run``: the houses that it gives to the bridge and to the sample.

A program that records its arguments replaces ``wyoming-bridge``. On a busy machine, the real bridge
may not repair the sample in time, so its text does not show whether the bridge knows the house.
"""

import importlib.util
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from patience import PATIENCE_S
from wyoming_bridge.config.home import load_house

ROOT = Path(__file__).parents[2]
HOUSE = str(ROOT / "samples" / "house.yaml")

NOTING = """\
#!/bin/sh
echo "$@" >> "$NOTES"
[ "$1" = transcribe ] && exit 0
echo "Listening at tcp://127.0.0.1:9 (profiles: local)"
exec sleep 60
"""


def new_forwarder() -> Any:
    """Return an object that prints the bridge's lines, from the script."""
    spec = importlib.util.spec_from_file_location("demo", ROOT / "script" / "demo.py")
    assert spec
    assert spec.loader
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    return demo.Forwarder()


def commands_of(folder: Path, *arguments: str) -> list[str]:
    """Run the demonstration once, and return the arguments of the commands that it started."""
    notes = folder / "notes"
    (folder / "python").symlink_to(sys.executable)
    (folder / "wyoming-bridge").write_text(NOTING)
    (folder / "wyoming-bridge").chmod(0o700)
    subprocess.run(  # noqa: S603 - our own script
        [folder / "python", ROOT / "script" / "demo.py", "--once", "--", *arguments],
        capture_output=True,
        check=True,
        timeout=PATIENCE_S,
        env=os.environ | {"NOTES": str(notes)},
    )
    return notes.read_text().splitlines()


def test_the_bridge_of_the_demonstration_knows_the_example_house(tmp_path: Path) -> None:
    run, transcribe = commands_of(tmp_path, "--uri", "tcp://127.0.0.1:0")
    assert run == f"run --uri tcp://127.0.0.1:0 --house {HOUSE}"
    assert transcribe.startswith("transcribe ")
    assert "--house" not in transcribe
    assert "Office" in {area.name for area in load_house(Path(HOUSE), key="house").areas}


@pytest.mark.parametrize("own", [("--config", "a.yaml"), ("--config=a.yaml",), ("--house=b.yaml",)])
def test_a_bridge_with_its_own_house_gets_the_example_house_only_with_the_sample(
    tmp_path: Path, own: tuple[str, ...]
) -> None:
    run, transcribe = commands_of(tmp_path, *own)
    assert run == " ".join(("run", *own))
    assert transcribe.endswith(f"--uri tcp://127.0.0.1:9 --house {HOUSE}")


def test_the_log_does_not_repeat_what_the_transcript_says() -> None:
    log, forwarder = io.StringIO(), new_forwarder()
    about = "2026-11-30 21:10:56 INFO profile local, utterance 05b0933c: 2.9 s of audio\n"
    other = "2026-11-30 21:10:56 WARNING profile local, utterance 05b0933c: no words\n"

    with forwarder.held():
        assert list(forwarder.forward([about, other], log)) == [about, other]
        forwarder.drop_utterance()
    list(forwarder.forward([about], log))

    assert log.getvalue() == other + about
