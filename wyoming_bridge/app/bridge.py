"""The bridge application: it offers profiles to Wyoming clients."""

import asyncio
import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Address, Config, LocalBackend, Profile, SendsChunks
from ..errors import ConfigError
from ..providers.registry import PROVIDERS, ProviderName
from ..recorder import TraceOf
from ..server import (
    MAX_CLIENTS,
    Bound,
    Listener,
    Program,
    WyomingService,
)
from ..transcriber import Budget, Observer
from ..version import VERSION
from .backends import Backends
from .capabilities import profile_capabilities
from .identity import FolderLock, bridge_id, id_of_part
from .open_files import clients_within, open_files_limit
from .recordings import new_recorder
from .short_thread import in_thread
from .state_folder import default_folder

if TYPE_CHECKING:
    from ..home.announcing import AppAnnouncer
    from ..home.watch import HomeWatch
    from ..info_extension import PagePlace
    from ..page.server import PageServer
    from ..recorder import Recording
    from ..server.announce import Announcer
    from ..server.certificate import ServerCertificate
    from .status import BridgeStatus

__all__ = ["BridgeApp"]

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
        self._status = self._new_status(config.status) if config.status else None
        self._backends = Backends(
            config.profiles,
            state=config.state,
            usage=config.usage,
            house=config.house,
            observe=self._observe,
        )
        self._not_ready: str | None = "the bridge is starting"
        self._page = self._new_page() if config.page else None
        self._home_watch: HomeWatch | None = None
        self._app_announcer: AppAnnouncer | None = None
        self._service: WyomingService | None = None
        self._certificate: ServerCertificate | None = None
        self._folder_lock = FolderLock()
        self._places: list[Bound] = []
        self._announce_at = announce_at
        self._announcer: Announcer | None = None

    @property
    def page_url(self) -> str | None:
        """The address of the page after ``start``; None if there is no page."""
        return self._page.url if self._page else None

    @property
    def status_url(self) -> str | None:
        """The base address of the status server after ``start``; None without such a server."""
        return self._status.url if self._status else None

    async def start(self) -> list[tuple[str, list[str]]]:
        """Start the local servers, listen, and begin to announce the bridge.

        Return each address with the names of its profiles; the common address comes first.

        Raises:
            ListenError: The machine did not have a listen address in time.
            BridgeError: A part of the bridge cannot be started: a local server, the recorder, a
                listen address, or a feature whose library is not installed.
        """
        if self._config.zeroconf:
            from .announcements import check_announcement

            check_announcement(self._config)
        if self._recorder:
            await self._recorder.start()
        if self._status:
            await self._status.start()
        await self._backends.start()
        self._certificate = self._new_certificate()
        if self._page:  # before the service, because its ``info`` says where the page is
            await self._page.start(wait_s=self._config.listen_timeout_s)
        self._service = WyomingService(
            self._listeners(await in_thread(self._own_id, name="bridge id")),
            version=VERSION,
            page=self._page_place(),
            access=self._config.access,
            balancers=self._config.balancers,
            certificate=self._certificate,
            listen_timeout_s=self._config.listen_timeout_s,
            max_clients=clients_within(open_files_limit(), at_most=MAX_CLIENTS),
        )
        places = self._places = await self._service.start()
        if self._config.access.is_open:
            _warn_of_open_access([place.uri for place in places if place.network_hosts])
        if self._config.zeroconf:
            self._announce(places)
        self._announce_app(places[0])
        self._watch_home()
        self._not_ready = None
        # Warm up after the start, so that clients do not wait for it.
        asyncio.get_running_loop().call_soon(self._backends.warm_up)
        return [
            (place.uri, [program.name for program in place.listener.programs]) for place in places
        ]

    async def test(self) -> None:
        """Check that a client on this machine gets an answer at each address.

        Raises:
            BridgeError: The client gets no answer in time, or an error.
        """
        from ..client import describe_here
        from ..client.tls import tls_context_for

        config = self._config
        # Use the loaded certificate, because the file may be incomplete while it is renewed.
        pem = self._certificate.pem if self._certificate else None
        for place in self._places:
            await describe_here(
                host=place.listener.host,
                port=place.port,
                token=config.access.token,
                tls=tls_context_for(pem) if pem else None,
                is_behind_balancer=config.balancers is not None,
            )

    async def quiet(self) -> None:
        """Wait until each utterance that has audio is answered."""
        if self._service:
            await self._service.quiet()

    async def drain(self) -> None:
        """Accept no more clients, and wait until the utterances under way have their answers.

        The wait is at most ``drain_timeout_s`` of the configuration. The announcement of the bridge
        is withdrawn. The method does not wait for utterances from the live page: their user sees
        that they failed, and can speak again. Call ``stop`` afterwards.
        """
        self._not_ready = "the bridge is stopping"
        if self._service:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._withdraw(), name="withdraw")
                group.create_task(self._service.drain(self._config.drain_timeout_s), name="drain")

    async def stop(self) -> None:
        """Stop everything. A second call does nothing.

        A client that still sends audio gets an error at once. A client that has ended its audio has
        0.4 s to get its answer.
        """
        self._not_ready = "the bridge is stopping"
        withdrawing = asyncio.create_task(self._withdraw(), name="withdraw")
        try:
            if self._service:
                await self._service.stop()
            if self._page:
                await self._page.stop()
        finally:
            await withdrawing
            if self._app_announcer:
                await self._app_announcer.stop()
            if self._home_watch:
                await self._home_watch.stop()
            self._folder_lock.release()
            await self._backends.stop()
            if self._recorder:
                await self._recorder.stop()
            if self._status:
                await self._status.stop()

    def _observe(self, about: TraceOf) -> Iterator[Observer]:
        """Yield the observers of an utterance."""
        if self._page:
            if trace := self._page.observe(about):
                yield trace
        elif self._recorder:
            yield self._recorder.trace(about)
        if self._status and (statistics := self._status.statistics):
            from .statistics import UtteranceStatistics

            yield UtteranceStatistics(statistics, profile=about.requested)

    def _new_status(self, address: Address) -> "BridgeStatus":
        from .status import BridgeStatus

        names = [profile.name for profile in self._config.profiles]
        return BridgeStatus(address, profiles=names, source=self)

    def _new_page(self) -> "PageServer | None":
        from .page import new_page

        return new_page(self._config, backends=self._backends, recorder=self._recorder)

    def _page_place(self) -> "PagePlace | None":
        if self._page is None:
            return None
        from .page import place_of

        return place_of(self._config, port=self._page.port)

    # The methods of ``StatusSource``.

    def not_ready(self) -> str | None:
        """Return why the bridge cannot serve clients now, or None if it can."""
        if self._not_ready:
            return self._not_ready
        refusals = {each.name: self._backends.refusal(each) for each in self._config.profiles}
        if not all(refusals.values()):
            return None
        name, error = next(iter(refusals.items()))
        return f"no profile can be used; profile {name}: {error}"

    def clients(self) -> Mapping[str, int]:
        """Return the number of clients by state: stranger (new), idle, busy or leaving."""
        return self._service.clients() if self._service else {}

    def refusals(self) -> Mapping[str, int]:
        """Return how often a client was refused or lost its place, by reason."""
        return self._service.refusals() if self._service else {}

    def budgets(self) -> Mapping[str, Budget]:
        """Return the budgets of all profiles, by name."""
        return self._backends.usage.budgets

    def _new_certificate(self) -> "ServerCertificate | None":
        files = self._config.tls
        if files is None:
            return None
        from ..server.certificate import ServerCertificate

        return ServerCertificate(files.certificate, files.key)

    def _recorded(self, recording: "Recording") -> None:
        if self._page:
            self._page.recorded(recording)

    def _watch_home(self) -> None:
        """Begin to read the names of the house from Home Assistant, if it is configured."""
        if self._config.home_assistant is None:
            return
        from ..home.watch import HomeWatch

        self._home_watch = HomeWatch(
            self._config.home_assistant,
            own=self._config.house,
            on_change=self._backends.use_house,
        )
        self._home_watch.start()

    def _own_id(self) -> str | None:
        """Return the bridge's id, or None if clients have to recognise the bridge by its address.

        A thread calls this, because it reads, locks and may write a file.

        A bridge behind a balancer has no id, because the balancer's address leads to several
        bridges.

        Raises:
            ConfigError: The bridge has to be announced, but its id cannot be read or written.
        """
        if self._config.balancers:
            return None
        try:
            folder = self._config.state or default_folder()
            return self._claimed_id(folder)
        except ConfigError as error:
            if self._config.zeroconf or self._config.supervisor:
                raise
            _log.warning("the bridge has no id, and clients know it by its address: %s", error)
            return None

    def _claimed_id(self, folder: Path) -> str | None:
        """Return the id in a folder, or None if another running bridge uses the folder."""
        bridge = bridge_id(folder)
        if self._folder_lock.take(folder):
            return bridge
        _log.warning(
            "the bridge has no id, because another bridge uses the folder %s; give each bridge its "
            "own folder in state",
            folder,
        )
        return None

    def _announce(self, places: Sequence[Bound]) -> None:
        """Announce the bridge on the network if it has an id and listens at a network address."""
        if not any(place.network_hosts for place in places):
            _log.info("the bridge is not announced: only clients on this machine can reach it")
            return
        from .announcements import announcements, new_announcer

        self._announcer = new_announcer(self._config, interfaces=self._announce_at)
        self._announcer.start(announcements(places))

    async def _withdraw(self) -> None:
        """Withdraw the announcement on the network, if there is one."""
        if self._announcer:
            await self._announcer.stop()

    def _announce_app(self, place: Bound) -> None:
        """Announce the bridge to Home Assistant, if the bridge is an app of the Supervisor."""
        if self._config.supervisor is None or place.listener.id is None:
            return
        from ..home.announcing import AnnouncedBridge, AppAnnouncer

        bridge = AnnouncedBridge(
            host=socket.gethostname(),  # Home Assistant can resolve a container's name
            port=place.port,
            id=place.listener.id,
            token=self._config.access.token,
        )
        self._app_announcer = AppAnnouncer(self._config.supervisor, bridge)
        self._app_announcer.start()

    def _listeners(self, bridge: str | None) -> list[Listener]:
        """Return a listener for all profiles, then one for each ``listen`` address of a profile.

        If the bridge has an id, each listener has its own. With the same id at two addresses,
        clients would believe that the bridge's address changes all the time.
        """
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
            Listener(
                host=place.host,
                port=place.port,
                programs=offered,
                id=bridge
                if bridge is None or place == self._config.listen
                else id_of_part(bridge, offered[0].name),
            )
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
            capabilities=profile_capabilities(profile, self._config.profiles),
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


def _description(profile: Profile) -> str:
    if isinstance(profile.backend, LocalBackend):
        return f"Offline, {profile.backend.engine}"
    return PROVIDERS[ProviderName(profile.provider)].title
