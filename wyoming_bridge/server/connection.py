"""One client's socket: bytes to events and back, and who slows whom.

Events that the handler cannot take now wait here, and the socket is not read on: a slow service
slows the client, and nothing grows. Nor is it read on at once where audio comes in small pieces.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol, cast

from ..errors import RequestError, WireError
from .failures import error_data
from .read_pacer import READ_INTERVAL_MS, ReadPacer
from .wire import EventDecoder, WireEvent, encode_event

__all__ = ["Connection", "EventHandler"]

_log = logging.getLogger(__name__)

_MAX_UNREAD_BYTES: Final = 256 * 1024
"""Of answers to a client that does not read them: it is gone in all but name."""

_SMALL_BYTES: Final = READ_INTERVAL_MS * 32
"""32 bytes are a millisecond of 16 kHz mono, which nearly all clients send: behind a smaller piece
more comes before the next beat."""

_LAST_WORD_S: Final = 1.0
"""For a client to read why it is disconnected."""


class EventHandler(Protocol):
    """What a connection needs of whoever understands the events."""

    def accepts(self, event: WireEvent) -> bool:
        """Whether ``handle`` can take the event now; if not, ``resume`` is called later."""

    @property
    def wants_audio_now(self) -> bool:
        """Whether what comes next should be read as soon as it is here."""

    def handle(self, event: WireEvent) -> None:
        """Take an event."""

    def lost(self) -> None:
        """The client is gone."""


class Connection(asyncio.BufferedProtocol):
    """The server's end of one socket."""

    def __init__(
        self,
        *,
        new_handler: Callable[["Connection"], EventHandler],
        on_lost: Callable[["Connection"], None],
        read_into: memoryview,
        read_pacer: ReadPacer,
    ) -> None:
        """Prepare; what is read is taken at once, so that clients of one loop can share a place."""
        self.handler = new_handler(self)
        self.peer = ""
        """The client's address; empty before it is here, or where it was gone at once."""
        self._on_lost = on_lost
        self._read = read_into
        self._read_pacer = read_pacer
        self._decoder = EventDecoder()
        self._waiting: deque[WireEvent] = deque()
        self._transport: asyncio.Transport | None = None
        self._refused: asyncio.TimerHandle | None = None
        self._turned_away = False
        self._resting = False  # until the next beat
        self._paused = False  # reading

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is here."""
        # Streams of sockets are Transports; the base class is for pipes and datagrams.
        self._transport = cast("asyncio.Transport", transport)
        name = self._transport.get_extra_info("peername")
        self.peer = str(name[0]) if name else ""
        if self._turned_away:
            self.send("error", error_data(RequestError("too many clients at once")))
            self.close()

    def turn_away(self) -> None:
        """Answer with an error once the client is here: there are too many."""
        self._turned_away = True

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the loop's own guess
        """Where the next bytes go."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        if self._refused:
            return
        try:
            self._waiting += self._decoder.feed(self._read[:nbytes])
        except WireError as error:
            _log.info("a client sent what is no Wyoming event: %s", error)
            self.resume()  # what came before was right
            self._refuse(error)
        else:
            if self._waiting:
                last = self._waiting[-1]
                self.resume()
                self._rest_after(last, nbytes)

    def eof_received(self) -> bool:
        """The client is gone; one that only stops sending cannot be told from it."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone, in whatever way: that is its right, and no error."""
        if exc:
            _log.debug("a client's connection broke: %s", exc)
        self._transport = None
        self._waiting.clear()
        if self._refused:
            self._refused.cancel()
        self.handler.lost()
        self._on_lost(self)

    def resume(self) -> None:
        """Go on with the events that wait."""
        while self._waiting and self._transport and self.handler.accepts(self._waiting[0]):
            self.handler.handle(self._waiting.popleft())
        self._read_or_pause()

    def send(self, kind: str, data: Mapping[str, object] | None = None) -> None:
        """Send an event; to a client that is gone, nothing."""
        self.send_all([(kind, data or {})])

    def send_all(self, events: Iterable[tuple[str, Mapping[str, object]]]) -> None:
        """Send events at once: each write is a call of the system."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(b"".join(encode_event(kind, data) for kind, data in events))
        if transport.get_write_buffer_size() > _MAX_UNREAD_BYTES:
            _log.info("a client does not read its answers; it is disconnected")
            transport.abort()

    def close(self) -> None:
        """Send what is written, then close."""
        if self._transport:
            self._transport.close()

    def _rest_after(self, event: WireEvent, nbytes: int) -> None:
        """Let more come, where the last that came is a small piece of audio and no more waits."""
        more_waits = nbytes == len(self._read)
        small = 0 < len(event.payload) < _SMALL_BYTES
        if small and not more_waits and not self.handler.wants_audio_now:
            self._resting = True
            self._read_pacer.call_next(self._go_on)
            self._read_or_pause()

    def _go_on(self) -> None:
        self._resting = False
        self._read_or_pause()

    def _read_or_pause(self) -> None:
        must_pause = self._resting or bool(self._waiting)
        transport = self._transport
        if must_pause is self._paused or transport is None or transport.is_closing():
            return
        self._paused = must_pause
        if must_pause:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def _refuse(self, error: WireError) -> None:
        """Say why, and read on without looking: closing on unread bytes would lose the words."""
        transport = self._transport
        if transport:
            self.handler.lost()
            self._waiting.clear()
            self._read_or_pause()
            self.send("error", error_data(error))
            transport.write_eof()
            self._refused = asyncio.get_running_loop().call_later(_LAST_WORD_S, transport.abort)
