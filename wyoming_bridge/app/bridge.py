"""The bridge: profiles offered to Wyoming clients."""

import asyncio
import logging
from collections.abc import Sequence

from ..config import Address, Config, LocalBackend, Profile
from ..errors import ConfigError
from ..providers.registry import PROVIDERS, ProviderName
from ..server import (
    Announcement,
    Announcer,
    Bound,
    Listener,
    Program,
    WyomingService,
    load_library,
)
from ..version import VERSION
from .backends import Backends
from .identity import bridge_id, id_of_part
from .usage_file import default_folder

__all__ = ["BridgeApp", "announcements"]

_log = logging.getLogger(__name__)


class BridgeApp:
    """The bridge: profiles offered to Wyoming clients."""

    def __init__(self, config: Config, *, announce_at: Sequence[str] | None = None) -> None:
        """Prepare.

        ``announce_at`` are the addresses of the network interfaces at which the bridge is
        announced, where it is at all; None: all of them.
        """
        self._config = config
        self._backends = Backends(config.profiles, state=config.state)
        self._service: WyomingService | None = None
        self._announcer = Announcer(version=VERSION, access=config.access, interfaces=announce_at)

    async def start(self) -> list[tuple[str, list[str]]]:
        """Listen; gives each address with the names of its profiles, the common one first.

        Raises:
            BridgeError: A local server cannot be started, an address cannot be had, or what
                announces it is not installed.
        """
        if self._config.zeroconf:
            load_library()
        await self._backends.start()
        self._service = WyomingService(
            self._listeners(), version=VERSION, access=self._config.access
        )
        places = await self._service.start()
        if self._config.access.is_open:
            _warn_of_strangers([place.uri for place in places if place.network_hosts])
        if self._config.zeroconf:
            await self._announce(places)
        # Whoever waits for the port need not wait for this too.
        asyncio.get_running_loop().call_soon(self._backends.warm_up)
        return [
            (place.uri, [program.name for program in place.listener.programs]) for place in places
        ]

    async def stop(self) -> None:
        """Let open utterances end, for a moment, then stop. Stopping twice is allowed."""
        withdrawing = asyncio.create_task(self._announcer.stop(), name="withdraw")
        try:
            if self._service:
                await self._service.stop()
        finally:
            await withdrawing
            await self._backends.stop()

    async def _announce(self, places: Sequence[Bound]) -> None:
        """Tell the network where the bridge is, if it can be reached from there.

        Raises:
            ConfigError: The file with the bridge's id cannot be had.
        """
        if not any(place.network_hosts for place in places):
            _log.info("nothing is announced: only programs on this machine reach the bridge")
            return
        folder = self._config.state or default_folder()
        bridge = await asyncio.to_thread(bridge_id, folder)
        self._announcer.start(announcements(bridge, places))

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
            languages=profile.languages,
            endpointing=profile.endpointing,
            new_utterance=lambda source, options: self._backends.new_utterance(
                profile, source, options
            ),
        )


def _warn_of_strangers(uris: Sequence[str]) -> None:
    if uris:
        _log.warning(
            "everybody who reaches %s may use the bridge; access_token or allow in the "
            "configuration says who may",
            " or ".join(uris),
        )


def announcements(bridge: str, places: Sequence[Bound]) -> list[Announcement]:
    """The common address; those of single profiles only where the common one is not reached.

    It offers all that they do. Each of them has an id of its own: a client that took two places
    for one would move from one to the other and back.
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
