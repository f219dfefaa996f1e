"""One client's socket: turns bytes into events and back, and decides when to read.

Events that the handler cannot take now wait here, and the socket is not read meanwhile. So a slow
service slows the client down, and nothing grows. A client that sends its audio in short chunks is
read by the ``ReadPacer`` until it sends something else.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol, cast

from ..access import SocketAddress, host_of
from ..errors import RequestError, WireError
from .failures import error_data
from .read_pacer import CAN_PACE, READ_INTERVAL_MS, ReadPacer, read_now, unread_bytes
from .wire import EventDecoder, WireEvent, encode_event

__all__ = ["Connection", "EventHandler"]

_log = logging.getLogger(__name__)

_MAX_UNREAD_BYTES: Final = 256 * 1024
"""The size of the answers that may wait for a client to read them. A client that lets more wait is
no longer working."""

_NOWHERE: Final = SocketAddress(host="", port=0)

_SHORT_CHUNK_BYTES: Final = READ_INTERVAL_MS // 2 * 32
"""Nearly all clients send 16 kHz mono, 32 bytes per ms. Chunks that are not shorter than half the
interval wake the loop hardly more often than the pacer does."""

_REFUSAL_TIMEOUT_S: Final = 1.0
"""How long a client has to read why it is disconnected."""


class EventHandler(Protocol):
    """What a connection needs to know of its handler, which understands the events."""

    def accepts(self, event: WireEvent) -> bool:
        """Return whether ``handle`` can take the event now. If not, ``resume`` is called later."""

    @property
    def wants_audio_now(self) -> bool:
        """Whether audio should be read as soon as it comes."""

    def handle(self, event: WireEvent) -> None:
        """Take an event."""

    def lost(self) -> None:
        """Take note that the client is gone."""


class Connection(asyncio.BufferedProtocol):
    """The server's end of one socket."""

    def __init__(
        self,
        *,
        new_handler: Callable[["Connection"], EventHandler],
        on_lost: Callable[["Connection"], None],
        read_into: bytearray,
        read_pacer: ReadPacer,
    ) -> None:
        """Prepare. The clients of one loop share ``read_into``: what is read is decoded at once."""
        self.handler = new_handler(self)
        self.peer = ""
        """The client's address; empty until it has connected, or if it was gone at once."""
        self.reached_at = _NOWHERE
        """The bridge's own end of the connection."""
        self._on_lost = on_lost
        self._read_into = read_into
        self._read_pacer = read_pacer
        self._decoder = EventDecoder()
        self._waiting: deque[WireEvent] = deque()
        self._transport: asyncio.Transport | None = None
        self._fd = -1
        self._refused: asyncio.TimerHandle | None = None
        self._turned_away_by: RequestError | None = None
        self._is_paced = False  # the pacer reads, not the transport
        self._chunk_size = 1  # of a paced client, on the wire
        self._is_paused = False  # the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport of a client that has connected."""
        # Streams of sockets are Transports; the base class is for pipes and datagrams.
        self._transport = cast("asyncio.Transport", transport)
        self._fd = self._transport.get_extra_info("socket").fileno()
        name = self._transport.get_extra_info("peername")
        self.peer = str(name[0]) if name else ""
        here = self._transport.get_extra_info("sockname")
        self.reached_at = SocketAddress(host_of(str(here[0])), int(here[1])) if here else _NOWHERE
        if self._turned_away_by:
            self.send("error", error_data(self._turned_away_by))
            self.close()

    def turn_away(self, error: RequestError) -> None:
        """Answer with an error and close as soon as the client has connected."""
        self._turned_away_by = error

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - the loop's own guess
        """Return the buffer that the next bytes are read into."""
        return self._read_into

    def buffer_updated(self, nbytes: int) -> None:
        """Decode bytes that were read, and let the handler take their events."""
        if self._refused:
            return
        try:
            self._waiting += self._decoder.feed(self._read_into, nbytes)
        except WireError as error:
            _log.info("a client sent bytes that are not a Wyoming event: %s", error)
            self.resume()  # the events before these bytes are valid
            self._refuse(error)
        else:
            if self._waiting:
                last = self._waiting[-1]
                self.resume()
                self._choose_reader(last, nbytes)

    def eof_received(self) -> bool:
        """Close. A client that only stops sending looks the same as one that is gone."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the client is gone. A client may leave in any way: that is no error."""
        if exc:
            _log.debug("a client's connection broke: %s", exc)
        self._transport = None
        self._waiting.clear()
        self._read_pacer.remove(self)
        if self._refused:
            self._refused.cancel()
        self.handler.lost()
        self._on_lost(self)

    def resume(self) -> None:
        """Let the handler take the events that wait, as far as it can."""
        while self._waiting and self._transport and self.handler.accepts(self._waiting[0]):
            self.handler.handle(self._waiting.popleft())
        self._pause_or_resume()

    def send(self, kind: str, data: Mapping[str, object] | None = None) -> None:
        """Send an event. To a client that is gone, nothing is sent."""
        self.send_all([(kind, data or {})])

    def send_all(self, events: Iterable[tuple[str, Mapping[str, object]]]) -> None:
        """Send events in one write: each write is a system call."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(b"".join(encode_event(kind, data) for kind, data in events))
        if transport.get_write_buffer_size() > _MAX_UNREAD_BYTES:
            _log.info("a client does not read its answers and is disconnected")
            transport.abort()

    def close(self) -> None:
        """Send what is written, then close."""
        if self._transport:
            self._transport.close()

    # A paced client, for the pacer.

    def must_be_read(self) -> bool:
        """Return whether the client sent anything but more chunks like the last one."""
        return not self._waiting and unread_bytes(self._fd) % self._chunk_size != 0

    def read(self) -> None:
        """Read in place of the transport. If nothing came, the transport waits for more."""
        if self._waiting or self._transport is None or self._transport.is_closing():
            return
        size = read_now(self._fd, self._read_into)
        if size:
            self.buffer_updated(size)
        else:
            self._set_paced(paced=False)

    def _choose_reader(self, last: WireEvent, nbytes: int) -> None:
        """Let the pacer read on after a short chunk of audio, unless that must not wait."""
        has_more = nbytes == len(self._read_into)
        is_short = 0 < len(last.payload) < _SHORT_CHUNK_BYTES
        self._chunk_size = last.size
        self._set_paced(
            paced=CAN_PACE and is_short and not has_more and not self.handler.wants_audio_now
        )

    def _set_paced(self, *, paced: bool) -> None:
        if paced is self._is_paced or self._transport is None:
            return
        self._is_paced = paced
        if paced:
            self._read_pacer.add(self)
        else:
            self._read_pacer.remove(self)
        self._pause_or_resume()

    def _pause_or_resume(self) -> None:
        """Let the transport read, unless the pacer does or events wait for the handler."""
        must_pause = self._is_paced or bool(self._waiting)
        transport = self._transport
        if must_pause is self._is_paused or transport is None or transport.is_closing():
            return
        self._is_paused = must_pause
        if must_pause:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def _refuse(self, error: WireError) -> None:
        """Say why, and read the rest without decoding it.

        To close while bytes are unread would reset the connection, and the client would lose the
        answer.
        """
        transport = self._transport
        if transport:
            self.handler.lost()
            self._waiting.clear()
            self._set_paced(paced=False)
            self._pause_or_resume()
            self.send("error", error_data(error))
            transport.write_eof()
            self._refused = asyncio.get_running_loop().call_later(
                _REFUSAL_TIMEOUT_S, transport.abort
            )
