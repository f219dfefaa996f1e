"""The backends of profiles: speech services, and local servers that are started for them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..audio import AudioFormat, load_resampler
from ..config import Profile
from ..endpointing import Endpointing, new_detector
from ..errors import BridgeError
from ..providers.registry import provider_of
from ..recorder.new_utterance import Observe
from ..session import Connector
from ..transcriber import (
    DEFAULT_OPTIONS,
    Observer,
    RequestOptions,
    Result,
    Revision,
    SessionFactory,
    Utterance,
)
from .interpreters import Interpreters
from .private_servers import PrivateServers
from .ready_profiles import ReadyProfiles
from .usage_tracker import UsageTracker
from .utterance_factory import UtteranceFactory

if TYPE_CHECKING:  # loaded only if they are used
    from ..config.usage import UsageServer
    from ..house import House

__all__ = ["Backends"]


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
        self._interpreters = Interpreters(house)
        self._servers = PrivateServers(on_started=self._interpreters.teach)
        self._closing: set[asyncio.Task[None]] = set()
        self.usage = UsageTracker(folder=state, remember_all=remember_all, server=usage)
        """How much audio each profile has sent today."""
        self._ready = ReadyProfiles(usage=self.usage, servers=self._servers, connector=connector)
        self._utterances = UtteranceFactory(
            self._ready, interpreters=self._interpreters, observe=observe
        )

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
        self.usage.reopen()
        self._servers.reopen()
        try:
            for profile in self._first:
                await self.add(profile)
            self._interpreters.start()
        except BaseException:
            await self.stop()
            raise

    async def add(self, profile: Profile) -> None:
        """Make a profile ready. It replaces a profile of the same name.

        Raises:
            BridgeError: The profile's local server cannot be started, or the usage cannot be read.
        """
        await self._ready.add(profile)

    def remove(self, name: str) -> None:
        """Remove a profile if it exists. If it is added again, its usage of today still counts."""
        self._ready.remove(name)

    def refusal(self, profile: Profile) -> BridgeError | None:
        """Return the error that each utterance of a profile would get now.

        Return None if an utterance may succeed, with the profile or with one of its fallbacks.
        """
        return self._ready.refusal(profile, now=asyncio.get_running_loop().time())

    def use_house(self, house: "House | None") -> None:
        """Use this house for utterances whose options have no house.

        Background tasks build the ``HouseLanguage``, and let local engines learn its commands.
        """
        self._interpreters.use(house)

    def prepare_house(self, house: "House") -> None:
        """Begin to build the ``HouseLanguage`` of a house. Its first transcript waits for that."""
        self._interpreters.prepare(house)

    def warm_up(self, *, everything: bool = False) -> None:
        """Load the voice detector, the clients and the TLS certificates before they are needed.

        Otherwise the first utterance would be late by 50 ms on a fast machine, more on a slow one.
        ``everything`` also loads what only some utterances need: houses and resampling.
        """
        if everything:
            load_resampler()
            from . import houses  # noqa: F401 - imported now, used later
        new_detector(speech_threshold=Endpointing().speech_threshold)
        self._ready.warm_up()

    async def stop(self) -> None:
        """Stop everything that was started. A second call does nothing.

        After that, ``start`` may be called again.
        """
        if self._closing:
            await asyncio.wait(self._closing)
        await self.usage.close()
        await self._interpreters.stop()
        await self._servers.stop()

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
        return self._utterances.new_utterance(profile, source, options, observe=observe)

    def session_factory(self, profile: Profile) -> SessionFactory:
        """Return a factory for sessions of a profile, for a diagnosis that watches a session."""
        return self._ready.of(profile).session_factory()

    def new_probe(self, profile: Profile, watching: Observer) -> Utterance:
        """Return an utterance without audio. It has its result once the service accepts audio."""
        return self._utterances.new_probe(profile, watching)

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
        return provider_of(self._ready.of(profile).settings).capabilities.url_source

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
        return self._follow(self._utterances.new_stream(url, profile, language=language))

    async def _follow(self, utterance: Utterance) -> AsyncGenerator[Revision | Result, None]:
        utterance.connect()
        async with utterance:
            async for update in utterance.updates():
                yield update

    def _close_later(self, utterance: Utterance) -> None:
        closing = asyncio.create_task(utterance.close(), name="close an utterance")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
