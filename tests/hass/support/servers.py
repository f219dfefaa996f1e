"""The real local realtime server on a real socket, in a thread and an event loop of its own.

What it leaves behind in its loop, such as the web framework's timers, is then not taken for
something that the integration forgot.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Final, TypeVar

from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engine import Engine
from wyoming_bridge.local.engines import ScriptedEngine
from wyoming_bridge.local.faults import Fault
from wyoming_bridge.local.service import LocalServer

T = TypeVar("T")

TOKEN: Final = "t0ken-of-the-tests"


class Server:
    """Started and stopped as often as a test likes; always at the same address."""

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        engine: Engine | None = None,
        token: str = TOKEN,
    ) -> None:
        self._behaviour = behaviour
        self._engine = engine
        self._port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="local server")
        self._server: LocalServer | None = None
        self.token = token
        self.url = ""

    async def start(self) -> None:
        """Listen."""
        if not self._thread.is_alive():
            self._thread.start()
        self._server = LocalServer(
            engine=self._engine or ScriptedEngine(),
            port=self._port,
            tokens=frozenset({self.token}),
            behaviour=self._behaviour,
        )
        await self._run(self._server.start())
        self.url = self._server.url
        self._port = int(self.url.rsplit(":", 1)[1])

    async def go(self) -> None:
        """Stop listening, and end what is under way; ``start`` brings it back."""
        if self._server:
            await self._run(self._server.stop())
            self._server = None

    async def stop(self) -> None:
        """End for good."""
        await self.go()
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    def break_with(self, fault: Fault | None) -> None:
        """From now on sessions have this fault."""
        assert self._server
        self._server.fault = fault

    async def _run(self, work: Coroutine[object, object, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


StartServer = Callable[..., Awaitable[Server]]
"""The fixture that starts them."""
