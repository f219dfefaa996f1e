"""Which modules are imported in the event loop's thread: it must not wait for large ones."""

import json
import subprocess
import sys

from patience import PATIENCE_S

_PROGRAM = """\
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


def test_the_event_loop_imports_neither_the_house_nor_the_usage(tmp_path) -> None:
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", _PROGRAM, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
