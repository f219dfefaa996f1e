"""A real local realtime server in a thread."""

from collections.abc import Awaitable, Callable
from typing import Final, override

from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from ports import free_port
from server_threads import ServerThread
from wyoming_bridge.local.behaviour import Behaviour
from wyoming_bridge.local.engine import Engine
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.faults import Fault
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.openai.behaviour import OpenAIBehaviour

TOKEN: Final = "t0ken-of-the-tests"

WITHOUT_RESAMPLING: Final = Behaviour(services=(OpenAIBehaviour(rate_hz=16_000),))
"""The OpenAI emulator takes audio of 16 kHz, so the audio is not resampled. From resampled audio,
the scripted engine would make other words."""


class JapaneseEngine(ScriptedEngine):
    """An engine that knows only Japanese."""

    language = "ja"


class Server(ServerThread[LocalServer]):
    """A local server with one token. A test may change token and engine before the next start."""

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        engine: Engine | None = None,
        token: str = TOKEN,
    ) -> None:
        super().__init__("local server")
        self._behaviour = behaviour
        self.engine = engine
        """Which engine the server uses after its next start; None for the scripted one."""
        self._port = free_port()
        self.token = token
        self.url = ""

    def inject(self, fault: Fault | None) -> None:
        """Inject a fault into all sessions from now on; None for no fault."""
        assert self._listener
        self._listener.fault = fault

    @override
    async def _start_server(self) -> LocalServer:
        server = LocalServer(
            engine=self.engine or ScriptedEngine(),
            port=self._port,
            tokens=frozenset({self.token}),
            behaviour=self._behaviour or WITHOUT_RESAMPLING,
        )
        await server.start()
        self.url = server.url
        return server


StartServer = Callable[..., Awaitable[Server]]
"""The type of the fixture that starts servers."""


def without_index(http: AiohttpClientMocker, *servers: Server) -> None:
    """Let servers report no language of their engine, as a service or a gateway does."""
    for server in servers:
        http.get(f"http{server.url.removeprefix('ws')}/", status=404)
