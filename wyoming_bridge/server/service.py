"""Listens for Wyoming clients, gives each a handler, and disconnects them when the bridge stops.

A bridge can stop in two steps. While it drains, it accepts no more clients, and the utterances
under way finish. Then it stops.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from ..access import Access, Balancers
from ..extensions.info import PagePlace
from ..listening import AddressWait, bind, hosts_of, uri_of
from .acceptor import Acceptor, accepted_per_turn
from .access_gate import AccessGate
from .clients import Clients
from .connection import Connection
from .event_handler import EventHandler
from .handler import Handler
from .info import info_data
from .large_events import LargeEventTurns
from .listener import Bound, Listener
from .newcomer import Entrance
from .places import Places
from .quiet_log import ServiceLogs
from .read_pacer import ReadPacer
from .refusals import Refusal, Refusals
from .shared_access import SharedAccess
from .wire import encode_event

if TYPE_CHECKING:
    from .certificate import ServerCertificate

__all__ = ["MAX_CLIENTS", "WyomingService"]

_log = logging.getLogger(__name__)

_GRACE_S: Final = 0.4
"""When the bridge stops: how long a client that has ended its audio may still wait for its answer.
The whole stop may take 1 s."""

_BEGIN_S: Final = 1.0
"""When a drain begins: how long a client that has just connected may take to begin an utterance.
Usual clients send their first event at once."""

MAX_CLIENTS: Final = 256
"""The number of concurrent clients. Each may have an utterance. A large home has 100 satellites."""

_READ_BYTES: Final = 64 * 1024
"""The size of the buffer that all clients share. Without it, the event loop would allocate 256 KiB
for each read."""


class WyomingService:
    """All listeners of one bridge."""

    def __init__(
        self,
        listeners: Sequence[Listener],
        *,
        version: str,
        page: PagePlace | None = None,
        access: Access | None = None,
        balancers: Balancers | None = None,
        certificate: "ServerCertificate | None" = None,
        max_clients: int = MAX_CLIENTS,
        places: Places[Connection] | None = None,
    ) -> None:
        """Create a service that does not listen until ``start`` is called.

        Without ``access``, every client that reaches the bridge may use it. ``page`` says where the
        bridge's live page is; None if clients cannot use it. With ``balancers``, each connection
        must come from one of them and begin with a PROXY header. With a ``certificate``,
        connections are encrypted.
        """
        self._listeners = listeners
        self._version = version
        self._page = page
        self._acceptors: list[Acceptor] = []
        self._logs = ServiceLogs(_log)
        self._refusals = Refusals(self._logs.refusals)
        if places is None:
            places = Places(clients=max_clients)
        self._clients = Clients(places, refusals=self._refusals)
        self._access = SharedAccess(
            access or Access(), on_refusal=partial(self._refusals.note, Refusal.ACCESS)
        )
        self._entrance = self._new_entrance(balancers, certificate)
        self._per_turn = accepted_per_turn(
            strangers=places.strangers_share, is_encrypted=certificate is not None
        )
        self._read_into = bytearray(_READ_BYTES)
        self._read_pacer = ReadPacer()
        self._large_events = LargeEventTurns()

    def _new_entrance(
        self, balancers: Balancers | None, certificate: "ServerCertificate | None"
    ) -> Entrance | None:
        if balancers is None and certificate is None:
            return None
        from .entrance import PreparingEntrance

        return PreparingEntrance(
            balancers=balancers,
            certificate=certificate,
            refuse=partial(self._refusals.note, Refusal.ENTRANCE),
        )

    async def start(self, *, wait: AddressWait | None = None) -> list[Bound]:
        """Listen at all addresses. If one of them fails, listen at none.

        ``wait`` limits the wait for addresses that do not exist yet. By default, there is no wait.

        Raises:
            ConfigError: An address cannot be used; the message names it and says why.
            ListenError: The machine did not have an address in time.
        """
        try:
            wait = wait or AddressWait(0)
            return [await self._start(listener, wait=wait) for listener in self._listeners]
        except BaseException:
            await self.stop()
            raise

    async def _start(self, listener: Listener, *, wait: AddressWait) -> Bound:
        sockets = await bind(listener.host, listener.port, wait=wait)
        port = sockets[0].getsockname()[1]
        bound = Bound(
            listener=listener, uri=uri_of(listener.host, port), port=port, hosts=hosts_of(sockets)
        )

        @lru_cache(maxsize=1)
        def info_for(_: tuple[Sequence[str], ...]) -> bytes:
            return encode_event(
                "info",
                info_data(
                    listener.programs,
                    version=self._version,
                    bridge_id=listener.id,
                    page=self._page,
                ),
            )

        def info() -> bytes:
            # The info changes when a server has reported its languages.
            return info_for(tuple(tuple(each.known_languages) for each in listener.programs))

        self._acceptors += [
            Acceptor(
                sock,
                new_client=partial(self._connection, listener, info),
                entrance=self._entrance,
                wait_s=self._clients.wait_s,
                per_turn=self._per_turn,
            )
            for sock in sockets
        ]
        return bound

    async def quiet(self) -> None:
        """Wait until each utterance that has audio is answered. New clients are still accepted."""
        while busy := [handler for handler in self._clients.handlers if handler.is_busy]:
            for handler in busy:
                await handler.done()

    def clients(self) -> dict[str, int]:
        """Return the number of clients by state: stranger, idle, busy or leaving."""
        return self._clients.counts()

    def refusals(self) -> Mapping[str, int]:
        """Return how often a client was refused or lost its place, by reason."""
        return self._refusals.counts

    async def drain(self, timeout_s: float) -> None:
        """Accept no more clients, and wait until all utterances have their answers.

        Clients without an utterance are disconnected at once, or after 1 s if they have just
        connected and may begin one. The others are disconnected after their answer.
        After ``timeout_s``, return even if some utterances have no answer yet.
        """
        await self._stop_accepting()
        self._clients.begin_drain()
        under_way = sum(handler.is_under_way for handler in self._clients.handlers)
        if under_way:
            _log.info(
                "utterances under way: %d; they have %g s to finish before the stop",
                under_way,
                timeout_s,
            )
        too_late = asyncio.get_running_loop().call_later(
            _BEGIN_S, partial(self._clients.end_idle, may_begin=False)
        )
        try:
            async with asyncio.timeout(timeout_s):
                await self._clients.all_left()
        except TimeoutError:
            _log.warning("not all utterances finished within %g s", timeout_s)
        finally:
            too_late.cancel()

    async def _stop_accepting(self) -> None:
        for acceptor in self._acceptors:
            await acceptor.stop()
        self._acceptors.clear()

    async def stop(self) -> None:
        """Accept no more clients, and disconnect all.

        A client that still sends audio gets an error at once. A client that has ended its audio has
        0.4 s to get its answer.
        """
        await self._stop_accepting()
        handlers = self._clients.handlers
        for handler in handlers:
            handler.begin_stop()
        try:
            async with asyncio.timeout(_GRACE_S):
                for handler in handlers:
                    await handler.done()
        except TimeoutError:
            _log.warning("open utterances did not all end within %g s", _GRACE_S)
        await self._clients.end_all()
        for handler in handlers:
            await handler.done()
        self._clients.stop_timer()

    def _connection(self, listener: Listener, info: Callable[[], bytes]) -> Connection:
        def new_handler(connection: Connection) -> EventHandler:
            handler = Handler(
                connection,
                programs=listener.programs,
                info=info,
                note_event=partial(self._clients.note_event, connection),
                logs=self._logs,
            )
            self._clients.add(connection, handler)
            if self._access.rules.is_open:
                return handler
            return AccessGate(connection, handler=handler, shared=self._access)

        connection = Connection(
            new_handler=new_handler,
            on_leaving=self._clients.note_leaving,
            on_lost=self._clients.forget,
            read_into=self._read_into,
            read_pacer=self._read_pacer,
            large_events=self._large_events,
            log=self._logs.refusals,
        )
        self._clients.give_place(connection)
        return connection
