"""The backends of profiles: speech services, and local servers that are started for them."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from dataclasses import replace
from math import inf
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ..audio import PCM_16K_MONO, AudioFormat, load_resampler
from ..config import LocalBackend, Profile
from ..endpointing import RECORDING, Endpointing, new_detector
from ..errors import BridgeError
from ..options import Settings
from ..providers.registry import new_client, provider_of
from ..recorder.trace_of import Observe, TraceOf
from ..session import Connector, WebsocketConnector, shared_tls_context
from ..transcriber import (
    DEFAULT_OPTIONS,
    Candidate,
    CircuitBreaker,
    Observer,
    OpeningTime,
    Purpose,
    RequestOptions,
    Result,
    Revision,
    SessionFactory,
    Utterance,
    log_label,
)
from .request_settings import resolver, with_language
from .session_factory import session_factory
from .usage_tracker import UsageTracker

if TYPE_CHECKING:  # loaded only if they are used
    from ..config.usage import UsageServer
    from ..house import House
    from .house_languages import HouseInterpreter
    from .houses import Houses
    from .local_server import PrivateServer

__all__ = ["Backends"]

_log = logging.getLogger(__name__)

_STREAM_ALIVE_S: Final = 30.0
"""How long a service may leave pings unanswered in a session that no other session can replace. A
short failure of the network must not end such a session."""


class Backends:
    """The profiles that are ready for use, with the local servers that they need.

    Use it as a context manager. Profiles can be added and removed at any time; a fallback that does
    not exist is skipped. An application that handles TLS and proxies itself passes a ``connector``.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        *,
        connector: Connector | None = None,
        state: Path | None = None,
        remember_all: bool = False,
        usage: "UsageServer | None" = None,
        house: "House | None" = None,
        observe: Observe = lambda _: (),
    ) -> None:
        """Create the backends of profiles, including those that are used as fallbacks.

        ``state`` is the folder of the usage file, for daily limits and for ``remember_all``.
        Bridges with the same ``usage`` server share their limits, and use no file. ``house`` is
        for utterances whose options have no house. ``observe`` returns an utterance's observers.
        """
        self._first = tuple(profiles)
        self._profiles: dict[str, Profile] = {}
        self._connector = connector
        self._local: dict[tuple[str, str | None], PrivateServer] = {}
        self._settings: dict[str, Settings] = {}
        self._settings_for: dict[str, Callable[[RequestOptions, Endpointing], Settings]] = {}
        self._circuit_breakers: dict[str, CircuitBreaker] = {}
        self._opening_times: dict[str, OpeningTime] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._house = house
        self._observe = observe
        self._known_houses: Houses | None = None
        self.usage = UsageTracker(folder=state, remember_all=remember_all, server=usage)
        """How much audio each profile has sent today."""

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
        """Make all profiles ready. If one of them fails, stop everything again.

        Raises:
            BridgeError: A local server cannot be started, or the usage cannot be read.
        """
        try:
            for profile in self._first:
                await self.add(profile)
            self.use_house(self._house)
        except BaseException:
            await self.stop()
            raise

    async def add(self, profile: Profile) -> None:
        """Make a profile ready. It replaces a profile of the same name.

        Raises:
            BridgeError: The profile's local server cannot be started, or the usage cannot be read.
        """
        await self.usage.add(
            profile.name, max_s=profile.max_seconds_per_day, title=profile.shown_name
        )
        backend = profile.backend
        settings = (
            await self._local_settings(backend) if isinstance(backend, LocalBackend) else backend
        )
        self._settings[profile.name] = settings
        self._settings_for[profile.name] = resolver(settings, profile=profile.shown_name)
        self._circuit_breakers[profile.name] = CircuitBreaker()
        self._opening_times[profile.name] = OpeningTime()
        self._profiles[profile.name] = profile

    def remove(self, name: str) -> None:
        """Remove a profile if it exists. If it is added again, its usage of today still counts."""
        if self._profiles.pop(name, None):
            del self._settings[name], self._settings_for[name]
            del self._circuit_breakers[name], self._opening_times[name]

    def refusal(self, profile: Profile) -> BridgeError | None:
        """Return the error that each utterance of a profile would get now.

        Return None if an utterance may succeed, with the profile or with one of its fallbacks.
        """
        names = (profile.name, *profile.fallback)
        refusals = [self._refusal_of(name) for name in names if name in self._profiles]
        return refusals[0] if refusals and all(refusals) else None

    def _refusal_of(self, name: str) -> BridgeError | None:
        try:
            self._circuit_breakers[name].check(now=asyncio.get_running_loop().time())
            self.usage.budget(name).check(provider=self._profiles[name].provider)
        except BridgeError as error:
            return error
        return None

    def use_house(self, house: "House | None") -> None:
        """Use this house for utterances whose options have no house.

        Background tasks build the ``HouseLanguage``, and let local engines learn its commands.
        """
        self._house = house
        if house or self._known_houses:
            self._houses.use(house)

    def prepare_house(self, house: "House") -> None:
        """Begin to build the ``HouseLanguage`` of a house. Its first transcript waits for that."""
        self._houses.prepare(house)

    def warm_up(self, *, everything: bool = False) -> None:
        """Load the voice detector, the clients and the TLS certificates before they are needed.

        Otherwise the first utterance would be late by 50 ms on a fast machine, more on a slow one.
        ``everything`` also loads what only some utterances need: houses and resampling.
        """
        if everything:
            load_resampler()
            from . import houses  # noqa: F401 - imported now, used later
        new_detector(speech_threshold=Endpointing().speech_threshold)
        for settings in list(self._settings.values()):  # a copy, because this may run in a thread
            new_client(settings)
            if settings.url.startswith("wss:") and self._connector is None:
                shared_tls_context()

    async def stop(self) -> None:
        """Stop everything that was started. A second call does nothing."""
        if self._closing:
            await asyncio.wait(self._closing)
        await self.usage.close()
        if self._known_houses:
            await self._known_houses.stop()
        while self._local:
            _, server = self._local.popitem()
            await server.stop()

    def new_utterance(
        self,
        profile: Profile,
        source: AudioFormat,
        options: RequestOptions = DEFAULT_OPTIONS,
        *,
        observe: Observe | None = None,
    ) -> Utterance:
        """Return a new utterance of a profile. The options override the profile's settings.

        ``observe`` replaces the ``observe`` of ``__init__`` for this utterance.

        Raises:
            RequestError: The language is invalid, or the options leave the end of speech to a
                service that cannot detect it.
        """
        options = options.identified()
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
            observers=tuple((observe or self._observe)(self._about(profile, source, options))),
        )

    def session_factory(self, profile: Profile) -> SessionFactory:
        """Return a factory for sessions of a profile, for a diagnosis that watches a session."""
        return self._session_factory(profile, self._settings[profile.name])

    def new_probe(self, profile: Profile, watching: Observer) -> Utterance:
        """Return an utterance without audio. It has its result once the service accepts audio."""
        new_session = self.session_factory(profile)
        return self._one_session(profile, new_session, watching, purpose=Purpose.PROBE)

    async def transcribe(
        self,
        audio: AsyncIterable[bytes],
        *,
        source: AudioFormat,
        profile: Profile,
        options: RequestOptions = DEFAULT_OPTIONS,
        observe: Observe | None = None,
    ) -> AsyncGenerator[Revision | Result, None]:
        """Transcribe audio as it arrives; yield revisions, then one result.

        If the result is ready before the audio has ended, the rest of the audio is not read. An
        error of the audio iterator is raised unchanged. Closing the generator closes the session
        in the background, and does not wait for it. ``observe`` is that of ``new_utterance``.

        Raises:
            BridgeError: There is no result; the error says why.
        """
        utterance = self.new_utterance(profile, source, options, observe=observe)
        feeding = asyncio.create_task(utterance.hear(audio), name="feed audio")
        try:
            async for update in utterance.updates():
                yield update
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            self._close_later(utterance)

    def can_fetch(self, profile: Profile) -> bool:
        """Return whether the profile's service fetches streams itself, as ``follow`` needs."""
        return provider_of(self._settings[profile.name]).capabilities.url_source

    def follow(
        self, url: str, *, profile: Profile, language: str | None = None
    ) -> AsyncGenerator[Revision | Result, None]:
        """Let the service fetch a stream; yield revisions, then one result.

        Closing the generator closes the session. The stream counts towards the daily limit up to
        the last word that the service has reported, and ends at the limit.

        Raises:
            RequestError: The service cannot fetch streams, or the language is invalid.
            BridgeError: There is no result; the error says why.
        """
        settings = with_language(self._settings[profile.name], language)
        new_session = self._session_factory(profile, settings, source_url=url)
        return self._follow(self._one_session(profile, new_session, purpose=Purpose.STREAM))

    async def _follow(self, utterance: Utterance) -> AsyncGenerator[Revision | Result, None]:
        utterance.connect()
        async with utterance:
            async for update in utterance.updates():
                yield update

    def _one_session(
        self, profile: Profile, new_session: SessionFactory, *watching: Observer, purpose: Purpose
    ) -> Utterance:
        """Return an utterance without audio. If its session breaks, no other one is opened."""
        candidate = Candidate(
            profile=profile.name,
            provider=profile.provider,
            new_session=new_session,
            limits=replace(profile.limits, connections=1, answer_s=inf, alive_s=_STREAM_ALIVE_S),
        )
        if purpose is Purpose.STREAM:  # a probe also tests an account that had failed before
            breaker, budget = self._circuit_breakers[profile.name], self.usage.budget(profile.name)
            candidate = replace(candidate, circuit_breaker=breaker, budget=budget)
        return Utterance(
            candidates=[candidate],
            source=PCM_16K_MONO,
            endpointing=RECORDING,
            purpose=purpose,
            observers=watching,
        )

    def _close_later(self, utterance: Utterance) -> None:
        closing = asyncio.create_task(utterance.close(), name="close an utterance")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    @staticmethod
    def _about(profile: Profile, source: AudioFormat, options: RequestOptions) -> TraceOf:
        return TraceOf(
            utterance_id=options.utterance_id or "",
            requested=profile.name,
            profile=profile.shown_name,
            provider=profile.provider,
            options=options,
            source=source,
        )

    def _candidate(
        self, profile: Profile, options: RequestOptions, endpointing: Endpointing
    ) -> Candidate:
        settings = self._settings_for[profile.name](options, endpointing)
        limits = profile.limits
        if isinstance(profile.backend, LocalBackend):
            # The local server runs in this process, so it can be slow but never unreachable.
            answer_s = max(limits.answer_s, limits.final_s)
            limits = replace(limits, answer_s=answer_s, alive_s=inf)
        capabilities = provider_of(settings).capabilities
        return Candidate(
            profile=profile.name,
            title=profile.title,
            utterance_id=options.utterance_id,
            provider=profile.provider,
            new_session=self._session_factory(profile, settings),
            audio_format=new_client(settings).audio_format,
            can_flush=capabilities.flush and not settings.ends_turns,
            ends_turns=settings.ends_turns,
            limits=limits,
            circuit_breaker=self._circuit_breakers[profile.name],
            budget=self.usage.budget(profile.name),
            opening_time=self._opening_times[profile.name],
            interpreter=self._interpreter(profile, options),
        )

    def _interpreter(self, profile: Profile, options: RequestOptions) -> "HouseInterpreter | None":
        house = self._house if options.house is None or options.house.is_empty else options.house
        if house is None:
            return None
        recogniser: PrivateServer | None = None
        if isinstance(profile.backend, LocalBackend):
            server = self._local[profile.backend.server_key]
            recogniser = server if server.takes_whole_audio else None
        return self._houses.interpreter(
            house,
            language=options.language or self._settings[profile.name].language,
            label=log_label(profile.shown_name, options.utterance_id),
            mode=profile.repair_mode,
            recogniser=recogniser,
            understands=options.understands,
        )

    @property
    def _houses(self) -> "Houses":
        from .houses import Houses

        self._known_houses = self._known_houses or Houses()
        return self._known_houses

    def _session_factory(
        self, profile: Profile, settings: Settings, *, source_url: str | None = None
    ) -> SessionFactory:
        connector = self._connector or WebsocketConnector(open_timeout_s=profile.limits.ready_s)
        return session_factory(
            settings, provider=profile.provider, connector=connector, source_url=source_url
        )

    async def _local_settings(self, backend: LocalBackend) -> Settings:
        key = backend.server_key
        server = self._local.get(key)
        if server is None:
            from .local_server import PrivateServer

            model = Path(backend.model) if backend.model else None
            server = PrivateServer(engine=backend.engine, model=model)
            await server.start()
            self._local[key] = server
            self._houses.add(server)
            _log.info("the local realtime server is listening at %s", server.url)
        return server.settings(backend.protocol)
