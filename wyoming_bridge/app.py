"""The composition root: the only module that names every concrete class."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .audio import AudioFormat
from .config import Address, Config, LocalBackend, Profile
from .errors import ConfigError, DependencyError, RequestError
from .events import SessionEvent
from .providers.options import Settings
from .providers.registry import PROVIDERS, ProviderName, new_client
from .server import Listener, Program, WyomingService
from .session import Connector, RealtimeSession, WebsocketConnector, shared_tls_context
from .transcriber import Result, Revision, SessionFactory, Utterance, follow_stream
from .version import VERSION

if TYPE_CHECKING:  # imported where it is needed: the web framework costs 14 MiB
    from .local.behaviour import Behaviour
    from .local.service import LocalServer

__all__ = ["Backends", "BridgeApp", "new_local_server"]

_log = logging.getLogger(__name__)


def new_local_server(
    *,
    engine: str,
    host: str = "127.0.0.1",
    port: int = 0,
    tokens: frozenset[str] = frozenset(),
    behaviour: "Behaviour | None" = None,
) -> "LocalServer":
    """The local realtime server; only who needs it pays for the web framework.

    Raises:
        DependencyError: Its libraries are not installed.
        ConfigError: There is no such engine, or the address lets strangers in.
    """
    try:
        from .local.service import LocalServer
    except ModuleNotFoundError as err:
        raise DependencyError(
            f"the local realtime server needs {err.name}: pip install 'wyoming-bridge[local]'"
        ) from err
    from .local.engines import create_engine

    return LocalServer(
        engine=create_engine(engine), host=host, port=port, tokens=tokens, behaviour=behaviour
    )


class Backends:
    """What profiles need to be ready: local servers, one an engine, and a way to connect.

    Use as a context manager. A program that has TLS and proxies of its own hands in a connector.
    """

    def __init__(self, profiles: Iterable[Profile], *, connector: Connector | None = None) -> None:
        self._profiles = tuple(profiles)
        self._connector = connector
        self._local: dict[str, LocalServer] = {}
        self._settings: dict[str, Settings] = {}

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
            BridgeError: A local server cannot be started.
        """
        try:
            for profile in self._profiles:
                backend = profile.backend
                self._settings[profile.name] = (
                    await self._local_settings(backend)
                    if isinstance(backend, LocalBackend)
                    else backend
                )
        except BaseException:
            await self.stop()
            raise

    def warm_up(self) -> None:
        """Do now what the first utterance would wait for. Reads files: 50 ms on a fast machine."""
        for settings in self._settings.values():
            new_client(settings)
            if settings.url.startswith("wss:") and self._connector is None:
                shared_tls_context()

    async def stop(self) -> None:
        """End what was started. Stopping twice is allowed."""
        while self._local:
            _, server = self._local.popitem()
            await server.stop()

    def new_utterance(
        self, profile: Profile, source: AudioFormat, language: str | None
    ) -> Utterance:
        """An utterance of a profile; a request's language goes before the profile's.

        Raises:
            RequestError: The language is none.
        """
        return Utterance(
            new_session=self._session_factory(profile, language),
            source=source,
            profile=profile.name,
            provider=profile.provider,
            limits=profile.limits,
        )

    def new_session(
        self, profile: Profile, on_event: Callable[[SessionEvent], None]
    ) -> RealtimeSession:
        """One session of a profile, for whoever looks at it closely."""
        return self._session_factory(profile, None)(on_event)

    async def transcribe(
        self,
        audio: AsyncIterable[bytes],
        *,
        source: AudioFormat,
        profile: Profile,
        language: str | None = None,
    ) -> AsyncGenerator[Revision | Result, None]:
        """Hear an utterance as it comes; revisions while it lasts, then one result.

        An error of the audio's source is raised as it is. Closing the generator ends the session.

        Raises:
            BridgeError: There is no result; the error says why.
        """
        async with self.new_utterance(profile, source, language) as utterance:
            speaker = asyncio.create_task(utterance.hear(audio), name="speak")
            try:
                async for revision in utterance.revisions():
                    yield revision
                yield await utterance.result()
            finally:
                speaker.cancel()
                await asyncio.gather(speaker, return_exceptions=True)

    def can_fetch(self, profile: Profile) -> bool:
        """Whether the profile's service fetches streams itself: ``follow``."""
        settings = type(self._settings[profile.name])
        return any(p.settings is settings and p.capabilities.url_source for p in PROVIDERS.values())

    def follow(
        self, url: str, *, profile: Profile, language: str | None = None
    ) -> AsyncGenerator[Revision | Result, None]:
        """Have the service fetch a stream; revisions as it goes on, then one result.

        Closing the generator ends the session.

        Raises:
            RequestError: The service cannot fetch, or the language is none.
            BridgeError: There is no result; the error says why.
        """
        return follow_stream(
            self._session_factory(profile, language, source_url=url),
            profile=profile.name,
            provider=profile.provider,
            limits=profile.limits,
        )

    def _session_factory(
        self, profile: Profile, language: str | None, *, source_url: str | None = None
    ) -> SessionFactory:
        """Makes sessions of a profile.

        Raises:
            RequestError: The language is none.
        """
        settings = self._settings[profile.name]
        if language and language != settings.language:
            try:
                settings = replace(settings, language=language)
            except ConfigError as err:
                raise RequestError(err.message) from err
        connector = self._connector or WebsocketConnector(open_timeout_s=profile.limits.ready_s)
        return lambda on_event: RealtimeSession(
            client=new_client(settings, source_url=source_url),
            connector=connector,
            provider=profile.provider,
            on_event=on_event,
        )

    async def _local_settings(self, backend: LocalBackend) -> Settings:
        server = self._local.get(backend.engine)
        if server is None:
            server = new_local_server(engine=backend.engine)
            await server.start()
            self._local[backend.engine] = server
            _log.info("the local realtime server listens at %s", server.url)
        settings = PROVIDERS[ProviderName(backend.protocol)].settings
        return settings(url=f"{server.url}/{backend.protocol}")


class BridgeApp:
    """The bridge: profiles offered to Wyoming clients."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._backends = Backends(config.profiles)
        self._service: WyomingService | None = None

    async def start(self) -> list[tuple[str, list[str]]]:
        """Listen; gives each address with the names of its profiles, the common one first.

        Raises:
            BridgeError: A local server cannot be started, or an address cannot be had.
        """
        await self._backends.start()
        self._service = WyomingService(self._listeners(), version=VERSION)
        addresses = await self._service.start()
        # Whoever waits for the port need not wait for this too.
        asyncio.get_running_loop().call_soon(self._backends.warm_up)
        return [
            (uri, [program.name for program in listener.programs]) for uri, listener in addresses
        ]

    async def stop(self) -> None:
        """Let open utterances end, for a moment, then stop. Stopping twice is allowed."""
        if self._service:
            await self._service.stop()
        await self._backends.stop()

    def _listeners(self) -> list[Listener]:
        """The common address with all profiles, then the addresses of single ones."""
        programs = {profile.name: self._program(profile) for profile in self._config.profiles}
        places: dict[Address, list[Program]] = {self._config.listen: list(programs.values())}
        for profile in self._config.profiles:
            if profile.listen == self._config.listen:
                raise ConfigError(
                    f"profiles.{profile.name}.listen: all profiles are offered there already"
                )
            if profile.listen:
                places.setdefault(profile.listen, []).append(programs[profile.name])
        return [
            Listener(host=place.host, port=place.port, programs=offered)
            for place, offered in places.items()
        ]

    def _program(self, profile: Profile) -> Program:
        return Program(
            name=profile.name,
            description=_description(profile),
            languages=_languages(profile),
            new_utterance=lambda source, language: self._backends.new_utterance(
                profile, source, language
            ),
        )


def _description(profile: Profile) -> str:
    if isinstance(profile.backend, LocalBackend):
        return f"Offline, {profile.backend.engine}"
    return PROVIDERS[ProviderName(profile.provider)].title


def _languages(profile: Profile) -> tuple[str, ...]:
    """The profile's own language, or all that its service is known to serve."""
    if isinstance(profile.backend, LocalBackend):
        return ("en",)  # what its engines know
    fixed = profile.backend.base_language
    if fixed:
        return (fixed,)
    return PROVIDERS[ProviderName(profile.provider)].capabilities.languages
