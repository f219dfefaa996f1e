"""Listens for Wyoming clients, gives each a handler, and disconnects them when the bridge stops.

A bridge can stop in two steps. While it drains, it accepts no more clients, and the utterances
under way finish. Then it stops.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from ..access import Access, Balancers, is_loopback
from ..errors import ErrorText, RequestError
from ..extensions.info import PagePlace
from .acceptor import Acceptor
from .access_gate import AccessGate
from .connection import Connection
from .event_handler import EventHandler
from .handler import Handler
from .info import Program, info_data
from .listening import accepted_per_turn, bind, broken, hosts_of, uri_of
from .newcomer import Entrance
from .places import OLD_STRANGER_S, STRANGER_S, Places
from .quiet_log import ServiceLogs
from .read_pacer import ReadPacer
from .refusals import Refusal, Refusals
from .shared_access import SharedAccess
from .wire import encode_event

if TYPE_CHECKING:
    from .certificate import ServerCertificate

__all__ = ["MAX_CLIENTS", "Bound", "Listener", "WyomingService"]

_log = logging.getLogger(__name__)

_GRACE_S: Final = 0.4
"""When the bridge stops: how long a client that has ended its audio may still wait for its answer.
The whole stop may take 1 s."""

_BEGIN_S: Final = 1.0
"""When a drain begins: how long a client that has just connected may take to begin an utterance.
Usual clients send their first event at once."""

_LEAVE_S: Final = 0.3
"""How long clients may take to read their last answer before the bridge closes the connections."""

MAX_CLIENTS: Final = 256
"""The number of concurrent clients. Each may have an utterance. A large home has 100 satellites."""

_SILENT: Final = (
    f"no allowed event was received within {STRANGER_S:g} s, or within {OLD_STRANGER_S:g} s if many"
    " clients have sent none"
)

_READ_BYTES: Final = 64 * 1024
"""The size of the buffer that all clients share. Without it, the event loop would allocate 256 KiB
for each read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A listen address, and the programs that are offered there."""

    host: str
    port: int
    """0 stands for any free port."""
    programs: Sequence[Program]
    """The programs, the default first. Home Assistant's Wyoming integration uses only the first."""
    id: str | None = None
    """The id by which clients recognise the listener at another address; None without an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """An address that the bridge listens at."""

    listener: Listener
    uri: str
    """``tcp://host:port``, with the configured host."""
    port: int
    hosts: tuple[str, ...]
    """The addresses of the listener's sockets. A host name can have several addresses."""

    @property
    def network_hosts(self) -> tuple[str, ...]:
        """The addresses that other machines can reach."""
        return tuple(host for host in self.hosts if not is_loopback(host))


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
        listen_timeout_s: float = 0,
        max_clients: int = MAX_CLIENTS,
        places: Places[Connection] | None = None,
    ) -> None:
        """Create a service that does not listen until ``start`` is called.

        Without ``access``, every client that reaches the bridge may use it. ``page`` says where the
        bridge's live page is; None if clients cannot use it. With ``balancers``, each connection
        must come from one of them and begin with a PROXY header. With a ``certificate``,
        connections are encrypted. If an address does not exist yet, ``start`` waits for it, at most
        ``listen_timeout_s``.
        """
        self._listeners = listeners
        self._version = version
        self._page = page
        self._listen_timeout_s = listen_timeout_s
        self._acceptors: list[Acceptor] = []
        self._clients: dict[Connection, Handler] = {}
        self._places = Places(clients=max_clients) if places is None else places
        self._timer: asyncio.TimerHandle | None = None
        self._left = asyncio.Event()
        self._logs = ServiceLogs(_log)
        self._refusals = Refusals(self._logs.refusals)
        self._access = SharedAccess(
            access or Access(), on_refusal=partial(self._refusals.note, Refusal.ACCESS)
        )
        self._entrance = self._new_entrance(balancers, certificate)
        self._per_turn = accepted_per_turn(
            strangers=self._places.strangers_share, is_encrypted=certificate is not None
        )
        self._is_draining = False
        self._read_into = bytearray(_READ_BYTES)
        self._read_pacer = ReadPacer()

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

    async def start(self) -> list[Bound]:
        """Listen at all addresses. If one of them fails, listen at none.

        Raises:
            ConfigError: An address cannot be used; the message names it and says why.
            ListenError: The machine did not have an address in time.
        """
        try:
            return [await self._start(listener) for listener in self._listeners]
        except BaseException:
            await self.stop()
            raise

    async def _start(self, listener: Listener) -> Bound:
        sockets = await bind(listener.host, listener.port, wait_s=self._listen_timeout_s)
        port = sockets[0].getsockname()[1]
        bound = Bound(
            listener=listener, uri=uri_of(listener.host, port), port=port, hosts=hosts_of(sockets)
        )

        @cache
        def info() -> bytes:
            return encode_event(
                "info",
                info_data(
                    listener.programs,
                    version=self._version,
                    bridge_id=listener.id,
                    page=self._page,
                ),
            )

        self._acceptors += [
            Acceptor(
                sock,
                new_client=partial(self._connection, listener, info),
                entrance=self._entrance,
                wait_s=self._wait_s,
                per_turn=self._per_turn,
            )
            for sock in sockets
        ]
        return bound

    async def quiet(self) -> None:
        """Wait until each utterance that has audio is answered. New clients are still accepted."""
        while busy := [handler for handler in self._clients.values() if handler.is_busy]:
            for handler in busy:
                await handler.done()

    def clients(self) -> dict[str, int]:
        """Return the number of clients by state: stranger, idle, busy or leaving."""
        return self._places.counts()

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
        self._is_draining = True
        self._end_idle()
        under_way = sum(handler.is_under_way for handler in self._clients.values())
        if under_way:
            _log.info("%d utterances have %g s to finish before the stop", under_way, timeout_s)
        too_late = asyncio.get_running_loop().call_later(
            _BEGIN_S, partial(self._end_idle, may_begin=False)
        )
        try:
            async with asyncio.timeout(timeout_s):
                await self._all_left()
        except TimeoutError:
            _log.warning("not all utterances finished within %g s", timeout_s)
        finally:
            too_late.cancel()

    def _end_idle(self, *, may_begin: bool = True) -> None:
        for connection in list(self._clients):
            self._end_if_idle(connection, may_begin=may_begin)

    def _end_if_idle(self, connection: Connection, *, may_begin: bool = True) -> None:
        """Disconnect a client without an utterance, unless it ``may_begin`` one right now."""
        handler = self._clients.get(connection)
        if handler is None or handler.is_under_way:
            return
        if not may_begin or not (self._places.is_stranger(connection) or connection.has_input):
            connection.end()

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
        handlers = list(self._clients.values())
        for handler in handlers:
            handler.begin_stop()
        try:
            async with asyncio.timeout(_GRACE_S):
                for handler in handlers:
                    await handler.done()
        except TimeoutError:
            _log.warning("open utterances did not all end within %g s", _GRACE_S)
        for connection, handler in list(self._clients.items()):
            handler.stop()
            connection.end()
        await self._leave()
        for handler in handlers:
            await handler.done()
        if self._timer:
            self._timer.cancel()
            self._timer = None

    async def _leave(self) -> None:
        """Give clients a moment to read why they are disconnected."""
        try:
            async with asyncio.timeout(_LEAVE_S):
                await self._all_left()
        except TimeoutError:
            for connection in list(self._clients):
                connection.close()

    async def _all_left(self) -> None:
        while self._clients:
            self._left.clear()
            await self._left.wait()

    def _connection(self, listener: Listener, info: Callable[[], bytes]) -> Connection:
        def new_handler(connection: Connection) -> EventHandler:
            handler = Handler(
                connection,
                programs=listener.programs,
                info=info,
                note_event=partial(self._note_event, connection),
                logs=self._logs,
            )
            self._clients[connection] = handler
            if self._access.rules.is_open:
                return handler
            return AccessGate(connection, handler=handler, shared=self._access)

        connection = Connection(
            new_handler=new_handler,
            on_leaving=self._places.note_leaving,
            on_lost=self._forget,
            read_into=self._read_into,
            read_pacer=self._read_pacer,
            log=self._logs.refusals,
        )
        self._give_place(connection)
        return connection

    # How clients get and lose their places.

    def _give_place(self, connection: Connection) -> None:
        """Give a new client a place. If no place is free, another client may lose its own."""
        now = asyncio.get_running_loop().time()
        if len(self._places) >= self._places.clients:
            self._drop_broken()
        leaves = self._places.join(connection, now=now, behind_s=self._behind_s)
        if leaves is connection:
            clients = self._places.clients
            self._refusals.note(Refusal.FULL, clients)
            connection.turn_away(RequestError(ErrorText.TOO_MANY_CLIENTS, limit=str(clients)))
        elif leaves and self._clients[leaves].has_utterance:
            self._refusals.note(Refusal.LATE)
            leaves.turn_away(RequestError(ErrorText.PLACE_IS_NEEDED))
        elif leaves:
            self._refusals.note(Refusal.DISPLACED)
            leaves.close()
        self._set_timer()

    def _wait_s(self) -> float:
        """Return how long the next client has to wait before it is accepted."""
        now = asyncio.get_running_loop().time()
        wait_s = self._places.wait_s(now=now, behind_s=self._behind_s)
        if wait_s > 0:
            self._drop_broken()
            wait_s = self._places.wait_s(now=now, behind_s=self._behind_s)
        return wait_s

    def _behind_s(self, connection: Connection) -> float:
        now = asyncio.get_running_loop().time()
        return self._clients[connection].audio_behind_s(now=now)

    def _drop_broken(self) -> None:
        """Free the places of clients that have reset their connections.

        In a flood of connections, the event loop would notice the resets too late, when hundreds of
        these clients have places.
        """
        by_fd = {connection.fd: connection for connection in self._clients}
        by_fd.pop(-1, None)
        for fd in broken(by_fd):
            by_fd[fd].drop()
            self._places.leave(by_fd[fd])

    def _note_event(self, connection: Connection, is_busy: bool) -> None:  # noqa: FBT001 - a callback
        is_new = self._places.is_stranger(connection)
        now = asyncio.get_running_loop().time()
        self._places.note_event(connection, is_busy=is_busy, now=now)
        if is_new:
            connection.admit()
        if self._is_draining and not is_busy:
            # This happens in the next turn, because further events of the same read may begin the
            # next utterance.
            asyncio.get_running_loop().call_soon(self._end_if_idle, connection)
        if is_new or self._timer is None:  # other events only delay the next timeout
            self._set_timer()

    def _set_timer(self) -> None:
        """Call ``_time_passed`` no later than when the next client is overdue."""
        due = self._places.next_timeout()
        if due is None or (self._timer and self._timer.when() <= due):
            return
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(due, self._time_passed)

    def _time_passed(self) -> None:
        self._timer = None
        for connection in self._places.overdue(now=asyncio.get_running_loop().time()):
            if self._places.is_stranger(connection):
                self._refusals.note(Refusal.SILENT)
                connection.turn_away(RequestError(_SILENT))
            else:
                connection.close()
            self._places.leave(connection)
        self._set_timer()

    def _forget(self, connection: Connection) -> None:
        self._clients.pop(connection, None)
        self._places.leave(connection)
        self._left.set()
