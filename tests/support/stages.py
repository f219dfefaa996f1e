"""Each provider with its server, in memory and on a socket, and the scripted provider.

The engine makes one word of every 200 ms of audio, so that the words show which audio was lost,
repeated or mixed up. Speaches' double numbers its words, because the scripted engine finds other
words in audio that the client has resampled.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import pytest

from dialect_doubles import LocalAIDouble, NimDouble, SpeachesDouble, numbered_words
from emulators import ANYBODY, UNCUT, service
from sessions import OnEvent
from utterances import until
from wyoming_bridge.audio import PCM_16K_MONO
from wyoming_bridge.capabilities import Capabilities
from wyoming_bridge.errors import ServiceError
from wyoming_bridge.events import PartialText, SessionEvent
from wyoming_bridge.local.engine import EngineResult
from wyoming_bridge.local.engines.scripted import ScriptedEngine, ScriptedVoice
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.contract import ClientProtocol
from wyoming_bridge.providers.openai.behaviour import OpenAIBehaviour
from wyoming_bridge.providers.openai.client.dialects import DIALECTS as ROWS
from wyoming_bridge.providers.openai.protocol import DialectName
from wyoming_bridge.providers.openai.settings import OpenAISettings
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
    scripted_words,
)


class Stage(Protocol):
    """One provider with its server, in memory or on a socket."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def session(self, on_event: OnEvent) -> RealtimeSession: ...

    def words(self, pcm: bytes) -> list[str]:
        """Return the words that the server finds in a segment."""

    def arrange(self, kind: FaultKind) -> None:
        """Prepare a failure.

        ``REFUSE`` refuses the connection, and ``SILENT`` sends nothing from the beginning. All
        other kinds happen at the first words.
        """

    async def audio_arrived(self) -> None:
        """Wait until the server has taken audio."""

    async def client_gone(self) -> None:
        """Wait until the server knows that the client has left."""


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    capabilities: Capabilities
    new_stage: Callable[[], Stage]


Speech = Callable[[bytes], list[str]]
"""Returns the words of a segment."""


class MemoryStage:
    def __init__(
        self,
        name: str,
        accept: UpgradeHandler,
        client: Callable[[], ClientProtocol],
        *,
        words: Speech = scripted_words,
    ) -> None:
        self.words = words
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

    async def audio_arrived(self) -> None:
        """Return at once: in memory, audio arrives when it is sent."""

    async def client_gone(self) -> None:
        (transport,) = self._connector.transports
        await transport.closed.wait()
        assert transport.closed_by_client


class WatchedVoice:
    """A voice that adds itself to ``is_open``, and removes itself when it is closed."""

    def __init__(self, voice: ScriptedVoice, is_open: set["WatchedVoice"]) -> None:
        self._voice = voice
        self._is_open = is_open
        is_open.add(self)
        self.feed = voice.feed
        self.flush = voice.flush

    def results(self) -> AsyncIterator[EngineResult]:
        return self._voice.results()

    async def close(self) -> None:
        await self._voice.close()
        self._is_open.discard(self)


class WatchedEngine(ScriptedEngine):
    def __init__(self) -> None:
        super().__init__()
        self.a_voice_opened = asyncio.Event()
        self.open_voices: set[WatchedVoice] = set()

    async def open(self, *, bias_terms: Sequence[str] = ()) -> WatchedVoice:
        self.a_voice_opened.set()
        return WatchedVoice(await super().open(bias_terms=bias_terms), self.open_voices)


class SocketStage:
    def __init__(self, name: ProviderName, *, path: str | None = None, **settings: object) -> None:
        self.words = scripted_words
        self._name = name
        self._path = path or name
        self._settings = settings
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
            client=new_client(settings(url=f"{self._server.url}/{self._path}", **self._settings)),
            connector=self._connector,
            provider=self._name,
            on_event=on_event,
        )

    def arrange(self, kind: FaultKind) -> None:
        after_ms = {FaultKind.SILENT: None, FaultKind.REFUSE: None}.get(kind, 400)
        self._server.fault = Fault(kind=kind, after_audio_ms=after_ms)

    async def audio_arrived(self) -> None:
        await self._engine.a_voice_opened.wait()

    async def client_gone(self) -> None:
        await until(lambda: not self._server.sessions)
        assert not self._engine.open_voices


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


SETTINGS = OpenAISettings(url="ws://127.0.0.1", model="a-model")


def in_dialect(
    name: DialectName,
    accept: UpgradeHandler,
    *,
    commit_strategy: str = "manual",
    words: Speech = scripted_words,
) -> Case:
    """Return the case of a server that speaks a dialect of OpenAI's protocol."""
    settings = replace(SETTINGS, commit_strategy=commit_strategy)
    return Case(
        name=f"{name}-{commit_strategy}-memory",
        capabilities=ROWS[name].capabilities(settings),
        new_stage=lambda: MemoryStage(
            ProviderName.OPENAI, accept, lambda: new_client(settings), words=words
        ),
    )


def words_of_speaches(pcm: bytes) -> list[str]:
    return numbered_words(PCM_16K_MONO.duration_ms(len(pcm)))


def vllm() -> UpgradeHandler:
    provider = PROVIDERS[ProviderName.OPENAI]
    _, emulator = provider.new_emulators(ANYBODY, "en", UNCUT.of(OpenAIBehaviour))
    return next(iter(emulator.websockets.values()))


SERVERS: dict[DialectName, UpgradeHandler] = {
    DialectName.GA: service(ProviderName.OPENAI, behaviour=UNCUT),
    DialectName.VLLM: vllm(),
    DialectName.SPEACHES: SpeachesDouble.accept,
    DialectName.LOCALAI: LocalAIDouble.accept,
    DialectName.NIM: NimDouble.accept,
}

DIALECTS = [
    *(
        in_dialect(
            name,
            accept,
            commit_strategy=commit_strategy,
            words=words_of_speaches if name is DialectName.SPEACHES else scripted_words,
        )
        for name, accept in SERVERS.items()
        for commit_strategy in ("manual", *ROWS[name].detections)
    ),
    Case(
        name="vllm-socket",
        capabilities=ROWS[DialectName.VLLM].capabilities(SETTINGS),
        new_stage=lambda: SocketStage(ProviderName.OPENAI, path="vllm", model="a-model"),
    ),
]
"""The servers that speak a dialect of OpenAI's protocol, with each way to end a segment."""

CASES = [
    *DIALECTS,
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
