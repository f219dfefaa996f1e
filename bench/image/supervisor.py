"""Runs the tests' fake Supervisor at port 80, where an app looks for it.

The program prints the requests that the fake Supervisor received. It needs aiohttp, so it runs in a
container of the app's own image.
"""

import asyncio
import sys

from supervisors import FakeSupervisor

_PORT = 80


async def _serve(token: str) -> None:
    supervisor = FakeSupervisor()
    supervisor.token = token
    supervisor.home.expose("light.ceiling", "Ceiling light")
    await supervisor.start(port=_PORT)
    print("ready", flush=True)
    while True:
        await supervisor.until(lambda: bool(supervisor.done))
        print(supervisor.done.pop(0), list(supervisor.messages.values()), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
