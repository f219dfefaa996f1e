"""The bridge application: it offers profiles to Wyoming clients."""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..config import Address, Config, LocalBackend, Profile, SendsChunks
from ..errors import ConfigError
from ..providers.registry import PROVIDERS, ProviderName
from ..recorder import Recording, TraceOf
from ..server import (
    MAX_CLIENTS,
    Announcement,
    Announcer,
    Bound,
    Listener,
    Program,
    WyomingService,
    load_library,
)
from ..transcriber import Observer
from ..version import VERSION
from .backends import Backends
from .identity import bridge_id, id_of_part
from .open_files import clients_within, open_files_limit
from .page import new_page
from .recordings import new_recorder
from .usage_file import default_folder

if TYPE_CHECKING:
    from ..home.watch import HomeWatch

__all__ = ["BridgeApp", "announcements"]

_log = logging.getLogger(__name__)


class BridgeApp:
    """The bridge from start to stop: listeners, backends and announcement."""

    def __init__(self, config: Config, *, announce_at: Sequence[str] | None = None) -> None:
        """Create the application without starting it.

        ``announce_at`` lists the addresses of the network interfaces on which the bridge is
        announced if ``zeroconf`` is set; None stands for all interfaces.
        """
        self._config = config
        self._recorder = new_recorder(config, on_recorded=self._recorded)
        self._backends = Backends(
            config.profiles,
            state=config.state,
            house=config.house,
            observe=self._observe,
        )
        self._page = new_page(config, backends=self._backends, recorder=self._recorder)
        self._home_watch: HomeWatch | None = None
        self._service: WyomingService | None = None
        self._announcer = Announcer(version=VERSION, access=config.access, interfaces=announce_at)

    @property
    def page_url(self) -> str | None:
        """The address of the page after ``start``; None if there is no page."""
        return self._page.url if self._page else None

    async def start(self) -> list[tuple[str, list[str]]]:
        """Start listening.

        Return each address with the names of its profiles; the common address comes first.

        Raises:
            ListenError: The machine did not have a listen address in time.
            BridgeError: A local server cannot be started, an address cannot be used, or the
                library for the announcement is not installed.
        """
        if self._config.zeroconf:
            load_library()
        if self._recorder:
            await self._recorder.start()
        await self._backends.start()
        self._service = WyomingService(
            self._listeners(),
            version=VERSION,
            access=self._config.access,
            listen_timeout_s=self._config.listen_timeout_s,
            max_clients=clients_within(open_files_limit(), at_most=MAX_CLIENTS),
        )
        places = await self._service.start()
        if self._page:
            await self._page.start(wait_s=self._config.listen_timeout_s)
        if self._config.access.is_open:
            _warn_of_open_access([place.uri for place in places if place.network_hosts])
        if self._config.zeroconf:
            await self._announce(places)
        self._watch_home()
        # Warm up after the start, so that clients do not wait for it.
        asyncio.get_running_loop().call_soon(self._backends.warm_up)
        return [
            (place.uri, [program.name for program in place.listener.programs]) for place in places
        ]

    async def stop(self) -> None:
        """Give open utterances a moment to end, then stop. Stopping twice is allowed."""
        withdrawing = asyncio.create_task(self._announcer.stop(), name="withdraw")
        try:
            if self._service:
                await self._service.stop()
            if self._page:
                await self._page.stop()
        finally:
            await withdrawing
            if self._home_watch:
                await self._home_watch.stop()
            await self._backends.stop()
            if self._recorder:
                await self._recorder.stop()

    def _observe(self, about: TraceOf) -> Observer | None:
        if self._page:
            return self._page.observe(about)
        return self._recorder.trace(about) if self._recorder else None

    def _recorded(self, recording: Recording) -> None:
        if self._page:
            self._page.recorded(recording)

    def _watch_home(self) -> None:
        """Let Home Assistant tell the names of the house, if its address is configured."""
        if self._config.home_assistant is None:
            return
        from ..home.watch import HomeWatch

        self._home_watch = HomeWatch(
            self._config.home_assistant,
            own=self._config.house,
            on_change=self._backends.use_house,
        )
        self._home_watch.start()

    async def _announce(self, places: Sequence[Bound]) -> None:
        """Announce the bridge on the network if it listens at a network address.

        Raises:
            ConfigError: The file with the bridge's id cannot be read or written.
        """
        if not any(place.network_hosts for place in places):
            _log.info("the bridge is not announced: only programs on this machine can reach it")
            return
        folder = self._config.state or default_folder()
        bridge = await asyncio.to_thread(bridge_id, folder)
        self._announcer.start(announcements(bridge, places))

    def _listeners(self) -> list[Listener]:
        """Return the common address with all profiles, then the addresses of single profiles."""
        programs = {profile.name: self._program(profile) for profile in self._config.profiles}
        places: dict[Address, list[Program]] = {self._config.listen: list(programs.values())}
        for profile in self._config.profiles:
            if profile.listen == self._config.listen:
                raise ConfigError(
                    f"profiles.{profile.name}.listen: must differ from the common listen "
                    "address, which offers all profiles"
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
            languages=profile.languages,
            endpointing=profile.endpointing,
            # A local engine knows only its own languages, but a fallback may know others.
            knows_other_languages=bool(profile.fallback)
            or not isinstance(profile.backend, LocalBackend),
            audio_timeout_s=profile.limits.idle_s,
            always_sends_chunks=self._config.sends_chunks is SendsChunks.ALWAYS,
            new_utterance=lambda source, options: self._backends.new_utterance(
                profile, source, options
            ),
        )


def _warn_of_open_access(uris: Sequence[str]) -> None:
    if uris:
        _log.warning(
            "any client that can reach %s may use the bridge; set access_token or allow in the "
            "configuration to restrict access",
            " or ".join(uris),
        )


def announcements(bridge: str, places: Sequence[Bound]) -> list[Announcement]:
    """Return the announcement of the common address, which offers all profiles.

    If the network cannot reach the common address, return the announcements of the single
    profiles' addresses instead. Each of these has its own id. With one id for two addresses, a
    client would switch back and forth between them.
    """
    common, *single = places
    if common.network_hosts:
        return [Announcement(id=bridge, port=common.port, hosts=common.network_hosts)]
    return [
        Announcement(
            id=id_of_part(bridge, place.listener.programs[0].name),
            port=place.port,
            hosts=place.network_hosts,
        )
        for place in single
        if place.network_hosts
    ]


def _description(profile: Profile) -> str:
    if isinstance(profile.backend, LocalBackend):
        return f"Offline, {profile.backend.engine}"
    return PROVIDERS[ProviderName(profile.provider)].title
