"""What a bridge with a remote service does not load before its first utterance."""

import subprocess
import sys

UNUSED = {
    "aiohttp",
    "h11",
    "http.client",
    "numpy",
    "rich",
    "soxr",
    "urllib.request",
    "websockets.asyncio.client",
    "yaml",
}
"""Libraries that only other settings, other services or a proxy need."""

RUNNING = """\
import asyncio
import sys
from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Address, Config, Profile
from wyoming_bridge.providers.reson8 import Reson8Settings

async def run():
    profile = Profile(name="speech", backend=Reson8Settings(token="made-up"))
    app = BridgeApp(Config(listen=Address(host="127.0.0.1", port=0), profiles=(profile,)))
    await app.start()
    print(*sys.modules)
    await app.stop()

asyncio.run(run())
"""


def test_a_waiting_bridge_has_not_loaded_what_it_does_not_use() -> None:
    command = [sys.executable, "-c", RUNNING]
    run = subprocess.run(  # noqa: S603 - our own code
        command, check=True, capture_output=True, text=True
    )
    loaded = set(run.stdout.split())

    assert "wyoming_bridge.server.connection" in loaded
    assert sorted(loaded & UNUSED) == []
