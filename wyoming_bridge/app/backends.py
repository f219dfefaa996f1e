"""What stands behind the profiles: services, or local servers that are started for them."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from dataclasses import replace
from math import inf
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..audio import PCM_16K_MONO, AudioFormat
from ..config import LocalBackend, Profile
from ..endpointing import RECORDING, Endpointing, new_detector
from ..events import SessionEvent
from ..options import Settings
from ..providers.registry import PROVIDERS, ProviderName, new_client, provider_of
from ..session import Connector, RealtimeSession, WebsocketConnector, shared_tls_context
from ..transcriber import (
    DEFAULT_OPTIONS,
    Candidate,
    CircuitBreaker,
    Purpose,
    RequestOptions,
    Result,
    Revision,
    SessionFactory,
    Utterance,
)
from .local_server import new_local_server
from .request_settings import resolver, with_language
from .usage_tracker import UsageTracker

if TYPE_CHECKING:  # imported where it is needed: the web framework costs 14 MiB
    from ..local.service import LocalServer

__all__ = ["Backends"]

_log = logging.getLogger(__name__)


class Backends:
    """What profiles need to be ready: local servers, one an engine, and a way to connect.

    Use as a context manager. A program that has TLS and proxies of its own hands in a connector.
    Profiles may come and go; a fallback that is not there is passed over.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        *,
        connector: Connector | None = None,
        state: Path | None = None,
        remember_all: bool = False,
    ) -> None:
        """Prepare profiles, among them those that others fall back to.

        ``state`` is the folder where what was sent today is kept, for profiles with a limit or
        for all.
        """
        self._first = tuple(profiles)
        self._profiles: dict[str, Profile] = {}
        self._connector = connector
        self._local: dict[str, LocalServer] = {}
        self._settings: dict[str, Settings] = {}
        self._settings_for: dict[str, Callable[[RequestOptions, Endpointing], Settings]] = {}
        self._circuit_breakers: dict[str, CircuitBreaker] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self.usage = UsageTracker(folder=state, remember_all=remember_all)
        """What the profiles sent today."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Make every profile ready, or none.

        Raises:
            BridgeError: A local server cannot be started, or the count of today not be had.
        """
        try:
            for profile in self._first:
                await self.add(profile)
        except BaseException:
            await self.stop()
            raise

    async def add(self, profile: Profile) -> None:
        """Make a profile ready, in the place of one with its name.

        Raises:
            BridgeError: Its local server cannot be started, or the count of today not be had.
        """
        await self.usage.add(profile.name, max_s=profile.max_seconds_per_day)
        backend = profile.backend
        settings = (
            await self._local_settings(backend) if isinstance(backend, LocalBackend) else backend
        )
        self._settings[profile.name] = settings
        self._settings_for[profile.name] = resolver(settings, profile=profile.name)
        self._circuit_breakers[profile.name] = CircuitBreaker()
        self._profiles[profile.name] = profile

    def has(self, name: str) -> bool:
        """Whether a profile is ready."""
        return name in self._profiles

    def remove(self, name: str) -> None:
        """Forget a profile, where it is there. What it sent today is remembered."""
        if self._profiles.pop(name, None):
            del self._settings[name], self._settings_for[name], self._circuit_breakers[name]

    def warm_up(self) -> None:
        """Do now what the first utterance would wait for. Reads files: 50 ms on a fast machine."""
        new_detector(speech_threshold=Endpointing().speech_threshold)
        for settings in list(self._settings.values()):  # from a thread, it may be
            new_client(settings)
            if settings.url.startswith("wss:") and self._connector is None:
                shared_tls_context()

    async def stop(self) -> None:
        """End what was started. Stopping twice is allowed."""
        if self._closing:
            await asyncio.wait(self._closing)
        await self.usage.close()
        while self._local:
            _, server = self._local.popitem()
            await server.stop()

    def new_utterance(
        self, profile: Profile, source: AudioFormat, options: RequestOptions = DEFAULT_OPTIONS
    ) -> Utterance:
        """An utterance of a profile; what is wanted of it goes before what the profile says.

        Raises:
            RequestError: The language is none, or the service cannot end utterances.
        """
        endpointing = options.endpointing or profile.endpointing
        others = [self._profiles[name] for name in profile.fallback if name in self._profiles]
        return Utterance(
            candidates=[
                self._candidate(profile, options, endpointing),
                *(self._candidate(each, options, endpointing.with_bridge_vad()) for each in others),
            ],
            source=source,
            endpointing=endpointing,
            text_style=profile.text_style,
        )

    def session_factory(self, profile: Profile) -> SessionFactory:
        """Return what makes sessions of a profile, for a diagnosis that watches one."""
        return self._session_factory(profile, self._settings[profile.name])

    def new_probe(self, profile: Profile) -> Utterance:
        """Return an utterance that has its result as soon as the service takes audio."""
        settings = self._settings[profile.name]
        return self._one_session(
            profile, self._session_factory(profile, settings), purpose=Purpose.PROBE
        )

    async def transcribe(
        self,
        audio: AsyncIterable[bytes],
        *,
        source: AudioFormat,
        profile: Profile,
        options: RequestOptions = DEFAULT_OPTIONS,
    ) -> AsyncGenerator[Revision | Result, None]:
        """Hear an utterance as it comes; revisions while it lasts, then one result.

        The result may be there before the audio has ended; no more of it is taken then. An error
        of the audio's source is raised as it is. Closing the generator ends the session, behind
        the caller's back: who has the text need not wait for a websocket to be closed.

        Raises:
            BridgeError: There is no result; the error says why.
        """
        utterance = self.new_utterance(profile, source, options)
        speaker = asyncio.create_task(utterance.hear(audio), name="speak")
        try:
            async for update in utterance.updates():
                yield update
        finally:
            speaker.cancel()
            await asyncio.gather(speaker, return_exceptions=True)
            self._close_later(utterance)

    def can_fetch(self, profile: Profile) -> bool:
        """Whether the profile's service fetches streams itself: ``follow``."""
        return provider_of(self._settings[profile.name]).capabilities.url_source

    def follow(
        self, url: str, *, profile: Profile, language: str | None = None
    ) -> AsyncGenerator[Revision | Result, None]:
        """Have the service fetch a stream; revisions as it goes on, then one result.

        Closing the generator ends the session.

        Raises:
            RequestError: The service cannot fetch, or the language is none.
            BridgeError: There is no result; the error says why.
        """
        settings = with_language(self._settings[profile.name], language)
        new_session = self._session_factory(profile, settings, source_url=url)
        return self._follow(self._one_session(profile, new_session, purpose=Purpose.STREAM))

    async def _follow(self, utterance: Utterance) -> AsyncGenerator[Revision | Result, None]:
        utterance.connect()
        try:
            async for update in utterance.updates():
                yield update
        finally:
            await utterance.close()

    def _one_session(
        self, profile: Profile, new_session: SessionFactory, *, purpose: Purpose
    ) -> Utterance:
        """Return an utterance without audio of ours: its session cannot be replaced."""
        candidate = Candidate(
            profile=profile.name,
            provider=profile.provider,
            new_session=new_session,
            limits=replace(profile.limits, connections=1, answer_s=inf),
        )
        return Utterance(
            candidates=[candidate], source=PCM_16K_MONO, endpointing=RECORDING, purpose=purpose
        )

    def _close_later(self, utterance: Utterance) -> None:
        closing = asyncio.create_task(utterance.close(), name="close an utterance")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _candidate(
        self, profile: Profile, options: RequestOptions, endpointing: Endpointing
    ) -> Candidate:
        settings = self._settings_for[profile.name](options, endpointing)
        limits = profile.limits
        if isinstance(profile.backend, LocalBackend):
            # Its server is part of us: it is not lost, only slow on a small machine.
            limits = replace(limits, answer_s=max(limits.answer_s, limits.final_s))
        capabilities = provider_of(settings).capabilities
        return Candidate(
            profile=profile.name,
            provider=profile.provider,
            new_session=self._session_factory(profile, settings),
            audio_format=new_client(settings).audio_format,
            can_flush=capabilities.flush and not settings.ends_turns,
            ends_turns=settings.ends_turns,
            limits=limits,
            circuit_breaker=self._circuit_breakers[profile.name],
            budget=self.usage.budget(profile.name),
        )

    def _session_factory(
        self, profile: Profile, settings: Settings, *, source_url: str | None = None
    ) -> SessionFactory:
        connector = self._connector or WebsocketConnector(open_timeout_s=profile.limits.ready_s)

        def new_session(
            on_event: Callable[[SessionEvent], None],
            *,
            on_sent: Callable[[], None] = lambda: None,
            begins_at_ms: int = 0,
        ) -> RealtimeSession:
            return RealtimeSession(
                client=new_client(settings, source_url=source_url),
                connector=connector,
                provider=profile.provider,
                on_event=on_event,
                on_sent=on_sent,
                begins_at_ms=begins_at_ms,
            )

        return new_session

    async def _local_settings(self, backend: LocalBackend) -> Settings:
        server = self._local.get(backend.engine)
        if server is None:
            server = new_local_server(engine=backend.engine)
            await server.start()
            self._local[backend.engine] = server
            _log.info("the local realtime server listens at %s", server.url)
        settings = PROVIDERS[ProviderName(backend.protocol)].settings
        return settings(url=f"{server.url}/{backend.protocol}")
