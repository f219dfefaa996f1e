"""One client's connection: its beginning, the bytes of both directions, and its end.

Bytes that the handler is not ready for stay undecoded, and the socket is not read meanwhile. So a
slow service slows the client down, and no buffer grows.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final, cast

from ..access import SocketAddress, host_of
from ..errors import BridgeError, LocalError
from .event_handler import EventHandler
from .event_turns import EventTurns
from .failures import error_data
from .large_events import LargeEventTurns
from .newcomer import Newcomer
from .quiet_log import QuietLog
from .read_control import ReadControl
from .read_pacer import ReadPacer
from .wire import WireEvent, encode_event

__all__ = ["Connection"]

_log = logging.getLogger(__name__)

_MAX_UNREAD_BYTES: Final = 256 * 1024
"""The size of the answers that a client may leave unread. A client that leaves more unread has
stopped working."""

_NOWHERE: Final = SocketAddress(host="", port=0)

_LEAVE_S: Final = 1.0
"""How long a client has to read why it is disconnected."""

_ENCRYPTED_LEAVE_S: Final = 0.3
"""The same with TLS. It is shorter, because such a client sees the end only at the close."""


class Connection(Newcomer, asyncio.BufferedProtocol):
    """The server's side of the connection to one client."""

    def __init__(
        self,
        *,
        new_handler: Callable[["Connection"], EventHandler],
        on_leaving: Callable[["Connection"], None],
        on_lost: Callable[["Connection"], None],
        read_into: bytearray,
        read_pacer: ReadPacer,
        large_events: LargeEventTurns,
        log: QuietLog,
    ) -> None:
        """Create the connection of a client that was accepted and is not connected yet.

        All clients share the buffer ``read_into``. Its bytes are decoded or copied before another
        client is read.
        """
        self.handler = new_handler(self)
        self.reached_at = _NOWHERE
        """The address at which the client reached the bridge, or the balancer in front of it."""
        self.owes_answer = False
        """Whether the client has ended its audio and waits for the answer. The handler sets it."""
        self._on_leaving = on_leaving
        self._on_lost = on_lost
        self._read_into = read_into
        # A memoryview, because asyncio's TLS writes into slices: those of a bytearray are copies.
        self._read_view = memoryview(read_into)
        self._reading = ReadControl(
            read_pacer=read_pacer, read_into=read_into, on_read=self.buffer_updated
        )
        self._turns = EventTurns(
            self.handler,
            on_turn=self._after_turn,
            on_refused=self._refuse,
            large_events=large_events,
        )
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._leaving: asyncio.TimerHandle | None = None  # set after ``end``
        self._turned_away_by: BridgeError | None = None
        self._is_unwanted = False  # it was closed before it was connected
        self._give_up: Callable[[], object] | None = None  # ends the preparation
        self._is_half_closed = False  # the client sends no more
        self._is_encrypted = False

    def enter(self, give_up: Callable[[], object]) -> None:
        """Note that the connection is being prepared. ``give_up`` ends the preparation.

        If the client has lost its place already, ``give_up`` is called at once, because the
        preparation would keep the socket open.
        """
        self._give_up = give_up
        if self._is_unwanted or self._turned_away_by:
            give_up()

    def introduce(self, *, host: str, reached_at: SocketAddress) -> None:
        """Take the client's addresses from a balancer's header, not from the balancer's socket."""
        self.peer, self.reached_at = host, reached_at

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport of a client that has connected."""
        self._give_up = None
        # Streams of sockets are Transports; the base class is for pipes and datagrams.
        self._transport = cast("asyncio.Transport", transport)
        self._is_encrypted = self._transport.get_extra_info("sslcontext") is not None
        self._reading.begin(self._transport, is_encrypted=self._is_encrypted)
        if not self.peer:
            name = self._transport.get_extra_info("peername")
            self.peer = host_of(str(name[0])) if name else ""
            if here := self._transport.get_extra_info("sockname"):
                self.reached_at = SocketAddress(host_of(str(here[0])), int(here[1]))
        if self._turned_away_by:
            self.turn_away(self._turned_away_by)
        elif self._is_unwanted:
            self.close()

    def turn_away(self, error: BridgeError) -> None:
        """Answer with an error and close, now or as soon as the client has connected.

        A connection that is being prepared gets no answer, because the preparation may take long.
        """
        self._turned_away_by = error
        if self._transport:
            self.send("error", error_data(error))
            self.close()
        elif self._give_up:
            self._give_up()

    def admit(self) -> None:
        """From now on, accept events of the usual size from this client."""
        self._turns.admit()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the loop's guess is not used
        """Return the buffer that the next bytes are read into."""
        return self._read_view

    def buffer_updated(self, nbytes: int) -> None:
        """Decode the bytes that were read, and pass their events to the handler."""
        self._reading.has_filled_buffer = nbytes == len(self._read_into)
        self._turns.receive(self._read_into, nbytes)

    def eof_received(self) -> bool:
        """Return whether to keep the connection open: True if the client still waits for an answer.

        This method is called both if the client only stops sending, and if it is gone.
        """
        can_wait = not self._is_encrypted  # TLS always closes both directions
        is_waiting = self._turns.are_waiting or self.owes_answer
        self._is_half_closed = can_wait and not self._leaving and is_waiting
        if self._is_half_closed:
            self._reading.note_end()
        return self._is_half_closed

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the client is gone. A client may leave in any way, so this is no error."""
        if exc:
            _log.debug("a client's connection broke: %s", exc)
        # ``_give_up`` belongs to a task that refers back to this object and to the TLS buffers, 100
        # KiB. Such a reference cycle stays in memory until the garbage collector runs.
        self._transport = self._give_up = None
        self._turns.stop()
        self._reading.stop()
        if self._leaving:
            self._leaving.cancel()
        self.handler.lost()
        self._on_lost(self)

    def resume(self) -> None:
        """Pass the waiting events to the handler, until it is not ready for the next one."""
        self._turns.resume()

    def send(self, kind: str, data: Mapping[str, object] | None = None) -> None:
        """Send an event, unless the client is gone."""
        self.send_all([(kind, data or {})])

    def send_all(self, events: Iterable[tuple[str, Mapping[str, object]]]) -> None:
        """Send events in one write, because each write is a system call."""
        if self._is_open():
            self.send_encoded(b"".join(encode_event(kind, data) for kind, data in events))

    def send_encoded(self, events: bytes) -> None:
        """Send events that are encoded already."""
        transport = self._transport
        if transport is None or not self._is_open():
            return
        transport.write(events)
        if transport.get_write_buffer_size() > _MAX_UNREAD_BYTES:
            self._note("a client does not read its answers and is disconnected")
            self.drop()

    def close(self) -> None:
        """Close at once. Answers that the client has not read, and its last events, may be lost."""
        if (transport := self._transport) is None:
            self._is_unwanted = True
            if self._give_up:
                self._give_up()
            return
        self._turns.stop()
        transport.close()
        if self._is_encrypted or transport.get_write_buffer_size():
            transport.abort()  # TLS waits for the client's close, and keeps 280 KiB until then

    @property
    def fd(self) -> int:
        """The socket's file descriptor, or -1 if the connection is not made yet or is lost."""
        return self._reading.fd

    def drop(self) -> None:
        """Close at once, because the connection is broken or the client does not read."""
        if self._transport is not None:
            self._turns.stop()
            self._transport.abort()

    def end(self) -> None:
        """Send what is left of the answers, then the end of the stream.

        What the client still sends is read and dropped. If bytes were unread at the close, the
        connection would be reset, and the client would lose the answer.
        """
        transport = self._transport
        if transport is None or not self._is_open():
            return
        if self._is_encrypted:
            self._leaving = self._loop.call_later(_ENCRYPTED_LEAVE_S, transport.close)
        else:
            self._leaving = self._loop.call_later(_LEAVE_S, transport.abort)
        self._turns.stop()
        self.handler.lost()
        self._on_leaving(self)
        if self._is_half_closed:
            transport.close()
            return
        self._reading.use_transport()
        if self._is_encrypted:
            return
        try:
            transport.write_eof()
        except OSError:  # the client is gone, and the loop has not noticed it yet
            transport.abort()

    def answered(self) -> None:
        """Note that the client has its answer."""
        self.owes_answer = False
        self.resume()
        self._end_if_half_closed()

    @property
    def has_input(self) -> bool:
        """Whether the client has sent anything that was not handled yet."""
        return self._turns.has_input or self._reading.has_unread

    def _is_open(self) -> bool:
        """Return whether the client still gets answers."""
        transport = self._transport
        return transport is not None and not self._leaving and not transport.is_closing()

    def _after_turn(self, last: WireEvent | None) -> None:
        """Choose what reads next. End the connection if the client sends no more."""
        self._reading.set_waiting(is_waiting=self._turns.are_waiting)
        self._end_if_half_closed()
        if last:
            self._reading.choose_reader(last, self.handler)

    def _end_if_half_closed(self) -> None:
        """End the connection if the client sends no more and has its answer."""
        if self._is_half_closed and not self.owes_answer and not self._turns.are_waiting:
            self.end()

    def _refuse(self, error: LocalError) -> None:
        """Send an error and end: the events after a refused one may depend on it."""
        self._note("refused an event, and disconnected the client: %s", error)
        self.send("error", error_data(error))
        self.end()

    def _note(self, message: str, *values: object) -> None:
        self._log.log(logging.INFO, message, *values)
