"""The bridge application: it offers profiles to Wyoming clients."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..config import Address, Config, LocalBackend, Profile, SendsChunks
from ..errors import ConfigError
from ..providers.registry import PROVIDERS, ProviderName
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
from ..transcriber import Budget
from ..version import VERSION
from .backends import Backends
from .identity import bridge_id, id_of_part
from .open_files import clients_within, open_files_limit
from .usage_file import default_folder

if TYPE_CHECKING:
    from ..home.watch import HomeWatch
    from ..server.certificate import ServerCertificate
    from .status import BridgeStatus

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
        self._status = self._new_status(config.status) if config.status else None
        self._backends = Backends(
            config.profiles,
            state=config.state,
            usage=config.usage,
            listener=self._status.listener if self._status else None,
            house=config.house,
        )
        self._not_ready: str | None = "the bridge is starting"
        self._home_watch: HomeWatch | None = None
        self._service: WyomingService | None = None
        self._announcer = Announcer(
            version=VERSION,
            access=config.access,
            is_encrypted=config.tls is not None,
            interfaces=announce_at,
        )

    async def start(self) -> list[tuple[str, list[str]]]:
        """Start listening.

        Return each address with the names of its profiles; the common address comes first.

        Raises:
            ListenError: The machine did not have a listen address in time.
            BridgeError: A local server cannot be started, an address cannot be used, or the
                library for the announcement is not installed.
        """
        if self._config.zeroconf:
            self._check_announcement()
        if self._status:
            await self._status.start()
        await self._backends.start()
        self._service = WyomingService(
            self._listeners(),
            version=VERSION,
            access=self._config.access,
            balancers=self._config.balancers,
            certificate=self._certificate(),
            listen_timeout_s=self._config.listen_timeout_s,
            max_clients=clients_within(open_files_limit(), at_most=MAX_CLIENTS),
        )
        places = await self._service.start()
        if self._config.access.is_open:
            _warn_of_open_access([place.uri for place in places if place.network_hosts])
        if self._config.zeroconf:
            await self._announce(places)
        self._watch_home()
        self._not_ready = None
        # Warm up after the start, so that clients do not wait for it.
        asyncio.get_running_loop().call_soon(self._backends.warm_up)
        return [
            (place.uri, [program.name for program in place.listener.programs]) for place in places
        ]

    async def drain(self) -> None:
        """Accept no more clients, and let the utterances under way finish; call ``stop`` then.

        The bridge is no longer announced. ``drain_timeout_s`` of the configuration limits the wait.
        """
        self._not_ready = "the bridge is stopping"
        if self._service:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._announcer.stop(), name="withdraw")
                group.create_task(self._service.drain(self._config.drain_timeout_s), name="drain")

    async def stop(self) -> None:
        """Give open utterances a moment to end, then stop. Stopping twice is allowed."""
        self._not_ready = "the bridge is stopping"
        withdrawing = asyncio.create_task(self._announcer.stop(), name="withdraw")
        try:
            if self._service:
                await self._service.stop()
        finally:
            await withdrawing
            if self._home_watch:
                await self._home_watch.stop()
            await self._backends.stop()
            if self._status:
                await self._status.stop()

    def _new_status(self, address: Address) -> "BridgeStatus":
        from .status import BridgeStatus

        names = [profile.name for profile in self._config.profiles]
        return BridgeStatus(address, profiles=names, source=self)

    # The methods of ``StatusSource``.

    @property
    def status_url(self) -> str | None:
        """The base address of the status server, after the start; None without one."""
        return self._status.url if self._status else None

    def not_ready(self) -> str | None:
        """Return why the bridge takes no clients now, or None if it does."""
        if self._not_ready:
            return self._not_ready
        refusals = {each.name: self._backends.refusal(each) for each in self._config.profiles}
        if not all(refusals.values()):
            return None
        name, error = next(iter(refusals.items()))
        return f"no profile can be used; profile {name}: {error}"

    def clients(self) -> Mapping[str, int]:
        """Return the number of clients, by what they do."""
        return self._service.clients() if self._service else {}

    def budgets(self) -> Mapping[str, Budget]:
        """Return the budgets of all profiles, by name."""
        return self._backends.usage.budgets

    def _certificate(self) -> "ServerCertificate | None":
        files = self._config.tls
        if files is None:
            return None
        from ..server.certificate import ServerCertificate

        return ServerCertificate(files.certificate, files.key)

    def _check_announcement(self) -> None:
        if self._config.balancers:
            raise ConfigError(
                "zeroconf: cannot be combined with proxy_protocol, because clients that find the "
                "bridge connect without a balancer"
            )
        load_library()

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
