"""Decides what reads a client's socket: its transport, the ``ReadPacer``, or nothing for now.

A client that sends its audio in short chunks is read by the pacer until it sends something else.
Nothing reads while an event waits for the handler, so the client's writes block.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from .event_decoder import PIECE_BYTES
from .event_handler import EventHandler
from .read_pacer import CAN_PACE, READ_INTERVAL_MS, ReadPacer, read_now, unread_bytes
from .wire import WireEvent

__all__ = ["ReadControl"]

_SHORT_CHUNK_BYTES: Final = READ_INTERVAL_MS // 2 * 32
"""Half of the pacer's read interval, in 16 kHz mono with 32 bytes/ms. Larger chunks wake the event
loop hardly more often than the pacer would, so the pacer does not read them."""


class ReadControl:
    """What reads the socket of one client. It is the pacer's ``PacedClient``."""

    def __init__(
        self, *, read_pacer: ReadPacer, read_into: bytearray, on_read: Callable[[int], None]
    ) -> None:
        """Create the control of a client that is not connected yet.

        After the pacer has read bytes into ``read_into``, ``on_read`` is called with their number.
        """
        self.has_filled_buffer = False
        """Whether the last read filled the buffer, so more bytes may wait. The connection sets it
        after each read."""
        self._read_pacer = read_pacer
        self._read_into = read_into
        self._on_read = on_read
        self._transport: asyncio.Transport | None = None
        self._fd = -1
        self._can_pace = False
        self._is_paced = False  # the pacer reads, not the transport
        self._is_waiting = False  # an event waits for the handler
        self._is_paused = False  # the transport does not read
        self._has_ended = False  # the client sends no more
        self._chunk_size = 1  # that of the last chunk, in bytes on the wire

    def begin(self, transport: asyncio.Transport, *, is_encrypted: bool) -> None:
        """Note that the client has connected. Its transport reads. The pacer cannot decrypt TLS."""
        self._transport = transport
        self._fd = transport.get_extra_info("socket").fileno()
        self._can_pace = CAN_PACE and not is_encrypted

    def choose_reader(self, last: WireEvent, handler: EventHandler) -> None:
        """Let the pacer read on after a short audio chunk, unless the handler wants audio now."""
        is_piece = last.size > PIECE_BYTES  # a part of a longer chunk
        is_short = 0 < len(last.payload) < _SHORT_CHUNK_BYTES and not is_piece
        self._chunk_size = last.size
        self._set_paced(
            paced=is_short
            and self._can_pace
            and not self.has_filled_buffer
            and not handler.wants_audio_now
        )

    def set_waiting(self, *, is_waiting: bool) -> None:
        """Let the transport read, unless the pacer reads or an event waits for the handler."""
        self._is_waiting = is_waiting
        must_pause = self._is_paced or is_waiting
        transport = self._transport
        if must_pause is self._is_paused or transport is None or transport.is_closing():
            return
        if self._has_ended:
            return  # there is nothing more to read
        self._is_paused = must_pause
        if must_pause:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def use_transport(self) -> None:
        """From now on, let the transport read, because the input is only dropped."""
        self._set_paced(paced=False)
        self.set_waiting(is_waiting=False)

    def note_end(self) -> None:
        """Note that the client sends no more."""
        self._has_ended = True

    def stop(self) -> None:
        """Read nothing, because the client is gone."""
        self._transport = None
        self._read_pacer.remove(self)

    @property
    def fd(self) -> int:
        """The socket's file descriptor, or -1 if the connection is not made yet or is lost."""
        return -1 if self._transport is None else self._fd

    @property
    def has_unread(self) -> bool:
        """Whether bytes of the client wait in the socket."""
        return CAN_PACE and self._transport is not None and unread_bytes(self._fd) > 0

    # The methods of ``PacedClient``.

    def must_be_read(self) -> bool:
        """Return whether the unread bytes are not just chunks of the same size as the last one."""
        return not self._is_waiting and unread_bytes(self._fd) % self._chunk_size != 0

    def read(self) -> None:
        """Read in place of the transport. If nothing has arrived, let the transport read on."""
        transport = self._transport
        if self._is_waiting or transport is None or transport.is_closing():
            return
        size = read_now(self._fd, self._read_into)
        if size:
            self._on_read(size)
        else:
            self._set_paced(paced=False)

    def _set_paced(self, *, paced: bool) -> None:
        if paced is self._is_paced or self._transport is None:
            return
        self._is_paced = paced
        if paced:
            self._read_pacer.add(self)
        else:
            self._read_pacer.remove(self)
        self.set_waiting(is_waiting=self._is_waiting)
