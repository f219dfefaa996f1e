"""What the event loop's thread does itself: it must not wait for large modules or for a disk."""

import json
import subprocess
import sys
from pathlib import Path

from patience import PATIENCE_S

_IMPORTS = """\
import asyncio, json, sys, threading
from pathlib import Path
from wyoming_bridge import Area, Backends, House
from wyoming_bridge.app.house_languages import HouseLanguages
from wyoming_bridge.config import Profile
from wyoming_bridge.providers.reson8 import Reson8Settings

found = []

class Watcher:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("wyoming_bridge.") and threading.current_thread() is main:
            found.append(name)

async def run():
    sys.meta_path.insert(0, Watcher())
    profile = Profile(name="remote", backend=Reson8Settings(url="ws://127.0.0.1:9", token="t"))
    async with Backends([profile], state=Path(sys.argv[1]), remember_all=True):
        languages = HouseLanguages()
        house = House(areas=(Area(name="Kitchen"),), language="en")
        assert await languages.get(house).built
        await languages.close()

main = threading.main_thread()
asyncio.run(run())
print(json.dumps(found))
"""

_FILES = """\
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


def found_by(program: str, folder: Path) -> object:
    """Run a program that watches itself, and return what it found. ``folder`` is its argument."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", program, str(folder)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_event_loop_imports_neither_the_house_nor_the_usage(tmp_path: Path) -> None:
    assert found_by(_IMPORTS, tmp_path) == []


def test_the_event_loop_waits_for_no_file_of_the_state_folder(tmp_path: Path) -> None:
    state = tmp_path / "state"

    assert found_by(_FILES, state) == []
    assert (state / "bridge-id").exists()
