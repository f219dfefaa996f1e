"""The files that a bridge uses in its event loop, which must not wait for a disk."""

import json
import subprocess
import sys

from patience import PATIENCE_S

_PROGRAM = """\
import asyncio, json, sys, threading
from pathlib import Path
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Address, Config, LocalBackend, Profile

found = []

def watch(event, arguments):
    if threading.current_thread() is not main or not is_running:
        return
    if event == "fcntl.flock":
        found.append(event)
    elif event in {"open", "os.mkdir", "os.rename"} and folder in str(arguments[0]):
        found.append(f"{event} {Path(str(arguments[0])).name}")

async def run():
    global is_running
    profile = Profile(
        name="offline", backend=LocalBackend(engine="scripted"), max_seconds_per_day=60
    )
    listen = Address(host="127.0.0.1", port=0)
    app = BridgeApp(Config(listen=listen, profiles=(profile,), state=Path(folder)))
    is_running = True
    await app.start()
    await app.stop()
    is_running = False

is_running, folder, main = False, sys.argv[1], threading.main_thread()
sys.addaudithook(watch)
asyncio.run(run())
print(json.dumps(found))
"""


def test_the_event_loop_waits_for_no_file_of_the_state_folder(tmp_path) -> None:
    state = tmp_path / "state"

    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", _PROGRAM, str(state)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert (state / "bridge-id").exists()
