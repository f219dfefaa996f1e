"""The real bridge on a real socket, in a thread and an event loop of its own, as in ``servers``."""

import asyncio
import tempfile
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Final, TypeVar

from wyoming_bridge.app.bridge import BridgeApp
from wyoming_bridge.config import Access, Address, Config, LocalBackend, Profile

T = TypeVar("T")

ACCESS_TOKEN: Final = "acc3ss-of-the-tests"


class Bridge:
    """Started and stopped as often as a test likes; always at the same address.

    Its profiles are the scripted engine under different names. A test may change them, and the
    token, before the next start.
    """

    def __init__(self, *names: str, token: str | None = None) -> None:
        """Prepare; with a token, programs on this machine need it too."""
        offline = LocalBackend(engine="scripted")
        self.profiles = {
            name: Profile(name=name, backend=offline) for name in names or ("offline",)
        }
        self.token = token
        self.host = "127.0.0.1"
        self.port = 0
        self._app: BridgeApp | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="bridge-")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bridge")

    async def start(self) -> None:
        """Listen."""
        if not self._thread.is_alive():
            self._thread.start()
        self._app = BridgeApp(
            Config(
                listen=Address(host=self.host, port=self.port),
                profiles=tuple(self.profiles.values()),
                state=Path(self._folder.name),
                access=Access(token=self.token, trust_loopback=False),
            )
        )
        ((uri, _),) = await self._run(self._app.start())
        self.port = int(uri.rsplit(":", 1)[1])

    async def go(self) -> None:
        """Stop listening, and end what is under way; ``start`` brings it back."""
        if self._app:
            await self._run(self._app.stop())
            self._app = None

    async def stop(self) -> None:
        """End for good."""
        await self.go()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            await asyncio.to_thread(self._thread.join)
        self._loop.close()
        self._folder.cleanup()

    async def _run(self, work: Coroutine[object, object, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


StartBridge = Callable[..., Awaitable[Bridge]]
"""The fixture that starts them."""
