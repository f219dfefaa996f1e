"""Each provider with its server, in memory and on a socket, and the scripted provider.

The engine makes one word of every 200 ms of audio, so that the words show which audio was lost,
repeated or mixed up.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pytest

from emulators import UNCUT, service
from sessions import OnEvent
from wyoming_bridge.capabilities import Capabilities
from wyoming_bridge.errors import ServiceError
from wyoming_bridge.events import PartialText, SessionEvent
from wyoming_bridge.local.engine import EngineResult
from wyoming_bridge.local.engines.scripted import ScriptedEngine, ScriptedVoice
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.contract import ClientProtocol
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName, new_client
from wyoming_bridge.session import RealtimeSession, WebsocketConnector
from wyoming_bridge.testing import (
    SCRIPTED_CAPABILITIES,
    FakeConnector,
    Fault,
    FaultKind,
    ScriptedClient,
    ScriptedServer,
    UpgradeHandler,
)


class Stage(Protocol):
    """One provider with its server, in memory or on a socket."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def session(self, on_event: OnEvent) -> RealtimeSession: ...

    def arrange(self, kind: FaultKind) -> None:
        """Cause a failure at the first words, or at the connection if it is a refusal."""

    async def client_gone(self) -> None:
        """Wait until the server knows that the client has left."""


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    capabilities: Capabilities
    new_stage: Callable[[], Stage]


class MemoryStage:
    def __init__(
        self, name: str, accept: UpgradeHandler, client: Callable[[], ClientProtocol]
    ) -> None:
        self._name = name
        self._client = client
        self._connector = FakeConnector(accept)
        self._at_first_words: Callable[[], None] = lambda: None

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    def session(self, on_event: OnEvent) -> RealtimeSession:
        def listen(event: SessionEvent) -> None:
            on_event(event)
            if isinstance(event, PartialText):
                self._at_first_words()

        return RealtimeSession(
            client=self._client(),
            connector=self._connector,
            provider=self._name,
            on_event=listen,
        )

    def arrange(self, kind: FaultKind) -> None:
        connector = self._connector
        match kind:
            case FaultKind.REFUSE:
                connector.refuse(ServiceError("told to fail"))
            case FaultKind.SILENT:
                connector.go_silent()
            case FaultKind.CLOSE:
                self._at_first_words = lambda: connector.close(code=1011, reason="told to fail")
            case FaultKind.RESET:
                self._at_first_words = connector.drop
            case FaultKind.RUBBISH:
                self._at_first_words = connector.send_rubbish

    async def client_gone(self) -> None:
        (transport,) = self._connector.transports
        await transport.closed.wait()
        assert transport.closed_by_client


class WatchedVoice:
    """A voice that reports when it was closed."""

    def __init__(self, voice: ScriptedVoice, closed: asyncio.Event) -> None:
        self._voice = voice
        self._closed = closed
        self.feed = voice.feed
        self.flush = voice.flush

    def results(self) -> AsyncIterator[EngineResult]:
        return self._voice.results()

    async def close(self) -> None:
        await self._voice.close()
        self._closed.set()


class WatchedEngine(ScriptedEngine):
    def __init__(self) -> None:
        super().__init__()
        self.a_voice_closed = asyncio.Event()

    async def open(self, *, bias_terms: Sequence[str] = ()) -> WatchedVoice:
        return WatchedVoice(await super().open(bias_terms=bias_terms), self.a_voice_closed)


class SocketStage:
    def __init__(self, name: ProviderName) -> None:
        self._name = name
        self._engine = WatchedEngine()
        self._server = LocalServer(engine=self._engine, behaviour=UNCUT)
        self._connector = WebsocketConnector()

    async def start(self) -> None:
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    def session(self, on_event: OnEvent) -> RealtimeSession:
        settings = PROVIDERS[self._name].settings
        return RealtimeSession(
            client=new_client(settings(url=f"{self._server.url}/{self._name}")),
            connector=self._connector,
            provider=self._name,
            on_event=on_event,
        )

    def arrange(self, kind: FaultKind) -> None:
        after_ms = {FaultKind.SILENT: None, FaultKind.REFUSE: None}.get(kind, 400)
        self._server.fault = Fault(kind=kind, after_audio_ms=after_ms)

    async def client_gone(self) -> None:
        await self._engine.a_voice_closed.wait()


def in_memory(name: ProviderName) -> Case:
    return Case(
        name=f"{name}-memory",
        capabilities=PROVIDERS[name].capabilities,
        new_stage=lambda: MemoryStage(
            name, service(name, behaviour=UNCUT), lambda: new_client(PROVIDERS[name].settings())
        ),
    )


def on_a_socket(name: ProviderName) -> Case:
    return Case(
        name=f"{name}-socket",
        capabilities=PROVIDERS[name].capabilities,
        new_stage=lambda: SocketStage(name),
    )


CASES = [
    *(in_memory(name) for name in ProviderName),
    *(on_a_socket(name) for name in ProviderName),
    Case(
        name="double-memory",
        capabilities=SCRIPTED_CAPABILITIES,
        new_stage=lambda: MemoryStage("scripted", ScriptedServer.accept, ScriptedClient),
    ),
]


def those(condition: Callable[[Case], bool]) -> pytest.MarkDecorator:
    """Return a mark that runs a test only with the cases that fulfil the condition."""
    chosen = [case for case in CASES if condition(case)]
    return pytest.mark.parametrize("stage", chosen, ids=lambda case: case.name, indirect=True)
