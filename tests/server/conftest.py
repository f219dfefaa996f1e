"""A bridge with a local realtime server whose faults and sessions a test can control."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from wyoming_bridge.config import Address, Config, Profile
from wyoming_bridge.endpointing import RECORDING
from wyoming_bridge.local.engine import Voice
from wyoming_bridge.local.engines.scripted import ScriptedEngine
from wyoming_bridge.local.faults import Fault
from wyoming_bridge.local.service import LocalServer
from wyoming_bridge.providers.registry import PROVIDERS, ProviderName
from wyoming_bridge.transcriber import Limits


class WatchedEngine(ScriptedEngine):
    """An engine that sets an event when a voice begins, is flushed or is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()
        self.flushed = asyncio.Event()
        self.closed = asyncio.Event()

    async def open(self, *, bias_terms: Sequence[str] = ()) -> Voice:
        self.opened.set()
        return WatchedVoice(await super().open(bias_terms=bias_terms), self)


class WatchedVoice:
    """A voice that sets the events of its engine when it is called."""

    def __init__(self, voice: Voice, engine: WatchedEngine) -> None:
        self._voice = voice
        self._engine = engine
        self.feed = voice.feed
        self.results = voice.results

    async def flush(self) -> None:
        await self._voice.flush()
        self._engine.flushed.set()

    async def close(self) -> None:
        await self._voice.close()
        self._engine.closed.set()


@pytest.fixture
async def engine() -> WatchedEngine:
    return WatchedEngine()


@pytest.fixture
async def service(engine: WatchedEngine) -> AsyncIterator[LocalServer]:
    server = LocalServer(engine=engine)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def bridge(service: LocalServer, start_bridge) -> Callable[..., Awaitable[tuple[str, int]]]:
    """Return a function that starts a bridge to ``service``, with one profile per provider.

    By default only the client ends an utterance.
    """

    async def start(
        *,
        fault: Fault | None = None,
        limits: Limits | None = None,
        url: str | None = None,
        **options: object,
    ) -> tuple[str, int]:
        service.fault = fault
        profiles = tuple(
            Profile(
                name=name,
                backend=PROVIDERS[name].settings(url=url or f"{service.url}/{name}"),
                limits=limits or Limits(),
                **{"endpointing": RECORDING, **options},
            )
            for name in ProviderName
        )
        address = Address(host="127.0.0.1", port=0)
        return await start_bridge(Config(listen=address, profiles=profiles))

    return start
