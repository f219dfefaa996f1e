"""The bridge application: it offers profiles to Wyoming clients."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..config import Address, Config
from ..listening import AddressWait
from ..recorder import NewUtterance
from ..server import MAX_CLIENTS, Bound, WyomingService
from ..transcriber import Observer
from ..version import VERSION
from .backends import Backends
from .bridge_state import BridgeState
from .identity import FolderLock, own_id
from .listeners import new_listeners
from .open_files import clients_within, open_files_limit
from .recordings import new_recorder
from .server_languages import ServerLanguages
from .short_thread import in_thread

if TYPE_CHECKING:
    from ..extensions.info import PagePlace
    from ..page.server import PageServer
    from ..recorder import Recording
    from ..server.announce import Announcer
    from ..server.certificate import ServerCertificate
    from .home_assistant import HomeAssistantLinks
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
        self._backends = Backends(
            config.profiles,
            state=config.state,
            usage=config.usage,
            house=config.house,
            observe=self._observe,
        )
        self._state = BridgeState(config.profiles, backends=self._backends)
        self._status = self._new_status(config.status) if config.status else None
        self._server_languages = ServerLanguages(config.profiles)
        self._page = self._new_page() if config.page else None
        self._home_assistant: HomeAssistantLinks | None = None
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
        wait = AddressWait(self._config.listen_timeout_s)
        if self._config.zeroconf:
            from .announcements import check_announcement

            check_announcement(self._config)
        if self._recorder:
            await self._recorder.start()
        if self._status:
            await self._status.start(wait=wait)
        await self._backends.start()
        await self._server_languages.start()
        self._certificate = self._new_certificate()
        if self._page:  # before the service, because its ``info`` says where the page is
            await self._page.start(wait=wait)
        own = partial(own_id, self._config, self._folder_lock)
        bridge = await in_thread(own, name="bridge id")
        self._service = WyomingService(
            new_listeners(
                self._config,
                backends=self._backends,
                languages=self._server_languages,
                bridge=bridge,
            ),
            version=VERSION,
            page=self._page_place(),
            access=self._config.access,
            balancers=self._config.balancers,
            certificate=self._certificate,
            max_clients=clients_within(open_files_limit(), at_most=MAX_CLIENTS),
        )
        self._state.service = self._service
        places = self._places = await self._service.start(wait=wait)
        if self._config.access.is_open:
            _warn_of_open_access([place.uri for place in places if place.network_hosts])
        if self._config.zeroconf:
            from .announcements import announce

            self._announcer = announce(places, config=self._config, interfaces=self._announce_at)
        self._connect_home_assistant(places[0])
        self._state.started()
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
        self._state.stopping()
        if self._service:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._withdraw(), name="withdraw")
                group.create_task(self._service.drain(self._config.drain_timeout_s), name="drain")

    async def stop(self) -> None:
        """Stop everything. A second call does nothing.

        A client that still sends audio gets an error at once. A client that has ended its audio has
        0.4 s to get its answer.
        """
        self._state.stopping()
        withdrawing = asyncio.create_task(self._withdraw(), name="withdraw")
        try:
            if self._service:
                await self._service.stop()
            if self._page:
                await self._page.stop()
        finally:
            await withdrawing
            if self._home_assistant:
                await self._home_assistant.stop()
            self._folder_lock.release()
            await self._server_languages.stop()
            await self._backends.stop()
            if self._recorder:
                await self._recorder.stop()
            if self._status:
                await self._status.stop()

    def _observe(self, about: NewUtterance) -> Iterator[Observer]:
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
        return BridgeStatus(address, profiles=names, source=self._state)

    def _new_page(self) -> "PageServer | None":
        from .page import new_page

        return new_page(self._config, backends=self._backends, recorder=self._recorder)

    def _page_place(self) -> "PagePlace | None":
        if self._page is None:
            return None
        from .page import place_of

        return place_of(self._config, port=self._page.port)

    def _new_certificate(self) -> "ServerCertificate | None":
        files = self._config.tls
        if files is None:
            return None
        from ..server.certificate import ServerCertificate

        return ServerCertificate(files.certificate, files.key)

    def _recorded(self, recording: "Recording") -> None:
        if self._page:
            self._page.recorded(recording)

    def _connect_home_assistant(self, place: Bound) -> None:
        """Announce the app, and watch the names of the house, if Home Assistant is configured."""
        if self._config.home_assistant is None and self._config.supervisor is None:
            return
        from .home_assistant import HomeAssistantLinks

        self._home_assistant = HomeAssistantLinks(
            self._config, place, on_house=self._backends.use_house
        )
        self._home_assistant.start()

    async def _withdraw(self) -> None:
        """Withdraw the announcement on the network, if there is one."""
        if self._announcer:
            await self._announcer.stop()


def _warn_of_open_access(uris: Sequence[str]) -> None:
    if uris:
        _log.warning(
            "any client that can reach %s may use the bridge; set access_token or allow in the "
            "configuration to restrict access",
            " or ".join(uris),
        )
