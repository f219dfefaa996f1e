"""Decodes Wyoming events, with limits on how much memory an event can take.

The ``wyoming`` library's reader has no limits, and treats bad JSON as the end of the connection.
This decoder raises an error that says what is wrong.

A long payload is never kept as a whole. The payload of an ``audio-chunk`` is returned in pieces, as
if the client had sent shorter chunks. A long payload of any other event is skipped.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from ..errors import WireError
from .wire import AUDIO_CHUNK, CLIENT_LIMITS, NO_DATA, WireEvent, WireLimits
from .wire_json import EventHeader, length_error, read_data, read_header

__all__ = ["PIECE_BYTES", "EventDecoder"]

PIECE_BYTES: Final = 16 * 1024
"""Half a second of 16 kHz audio. The voice detector takes 4 ms for it, while other clients wait."""

_JOINED_BYTES: Final = 2 * 1024
"""The most audio of chunks that are joined: 64 ms at 16 kHz, like one chunk of most satellites. The
longer a chunk is, the less precisely the end of an utterance is found in it."""


class EventDecoder:
    """Decodes a stream of events. After a ``WireError`` the stream cannot be decoded further.

    A payload that is received in one piece is copied only once.
    """

    def __init__(self, limits: WireLimits = CLIENT_LIMITS) -> None:
        self.limits = limits
        self._received: bytes | bytearray = b""
        self._view = memoryview(b"")
        self._at = 0
        self._stop = 0
        self._partial = bytearray()
        """The beginning of a header, data block or payload whose rest has not been received."""
        self._header: EventHeader | None = None
        self._data: Mapping[str, object] | None = None
        self._payload_left = 0
        self._last_chunk = WireEvent(AUDIO_CHUNK, NO_DATA)
        """The last audio chunk that was decoded from one buffer, without its payload."""
        self._last_head = b""
        """The header and the data block of ``_last_chunk``, as they were received."""

    def feed(self, received: bytes | bytearray, size: int | None = None) -> Iterator[WireEvent]:
        """Take the first ``size`` bytes of ``received``, or all, and yield the complete events.

        An incomplete event at the end is copied, so the caller can reuse ``received`` after the
        last event.

        Raises:
            WireError: The bytes are not a Wyoming event, or the event is too large.
        """
        self.receive(received, size)
        while (event := self.next_event()) is not None:
            yield event

    def receive(self, received: bytes | bytearray, size: int | None = None) -> None:
        """Take received bytes, for ``next_event`` to decode.

        The caller may reuse the buffer after ``keep_rest``, or when ``next_event`` returns None.
        """
        if received is not self._received:  # a connection always has the same buffer
            self._received = received
            self._view = memoryview(received)
        self._at = 0
        self._stop = len(received) if size is None else size

    def next_event(self) -> WireEvent | None:
        """Return the next event, or None if it needs more bytes.

        Raises:
            WireError: The bytes are not a Wyoming event, or the event is too large.
        """
        if self._at == self._stop:
            return None
        event = self._repeated_chunk() or self._next_event()
        if event is None:
            self.receive(b"")
        return event

    def with_following(self, event: WireEvent) -> WireEvent:
        """Return an event, joined with the audio chunks after it that differ only in their audio.

        Home Assistant's chunks are read five at a time, and it costs less to handle them as one.
        """
        if self._at == self._stop or event.type != AUDIO_CHUNK:
            return event
        if event.data is not self._last_chunk.data:
            return event
        payloads, size = [event.payload], len(event.payload)
        while size + len(event.payload) <= _JOINED_BYTES and (following := self._repeated_chunk()):
            payloads.append(following.payload)
            size += len(following.payload)
        return event._replace(payload=b"".join(payloads))

    @property
    def is_within_event(self) -> bool:
        """Whether the beginning of an event was received, but not its end."""
        return self._header is not None or len(self._partial) > 0

    def keep_rest(self) -> None:
        """Copy the bytes that were not decoded yet, so that the caller can reuse the buffer."""
        if isinstance(self._received, bytearray):
            self.receive(bytes(self._view[self._at : self._stop]))

    def _next_event(self) -> WireEvent | None:
        header = self._header
        if header is None:
            line = self._take_line()
            if line is None:
                return None
            header = read_header(line)
            if header.data_length > self.limits.data:
                raise length_error("data_length", self.limits.data, header.data_length)
            self._header = header
            self._payload_left = header.payload_length
        data = self._data
        if data is None:
            data = header.data
            if header.data_length:
                block = self._take(header.data_length)
                if block is None:
                    return None
                more = read_data(block)
                data = {**data, **more} if data else more
            self._data = data
        payload = self._take_payload(header)
        if payload is None:
            return None
        if not self._payload_left:
            self._header = self._data = None
        size = header.event_size
        begin = self._at - size
        if header.type == AUDIO_CHUNK and begin >= 0 and size <= PIECE_BYTES:
            self._last_chunk = WireEvent(AUDIO_CHUNK, data, size=size)
            self._last_head = bytes(self._view[begin : self._at - len(payload)])
        return WireEvent(header.type, data, payload, size)

    def _repeated_chunk(self) -> WireEvent | None:
        """Return the next event if it differs from the last audio chunk only in its audio.

        Return None if it does not, or was not received as a whole. Nearly all events of a client
        are such chunks, and this is faster than ``_next_event``.
        """
        chunk, head, begin = self._last_chunk, self._last_head, self._at
        end = begin + chunk.size
        if not head or end > self._stop or self._header is not None or self._partial:
            return None
        if not self._received.startswith(head, begin):
            return None
        self._at = end
        return WireEvent(
            AUDIO_CHUNK, chunk.data, bytes(self._view[begin + len(head) : end]), chunk.size
        )

    def _take_payload(self, header: EventHeader) -> bytes | None:
        """Return the payload or a piece of it, or None if it has not been received yet."""
        if header.payload_length > PIECE_BYTES and header.type != AUDIO_CHUNK:
            skipped = min(self._payload_left, self._stop - self._at)
            self._at += skipped
            self._payload_left -= skipped
            return None if self._payload_left else b""
        size = min(self._payload_left, PIECE_BYTES)
        payload = self._take(size)
        if payload is not None:
            self._payload_left -= size
        return payload

    def _take_line(self) -> bytes | None:
        """Return the next line without its end, or None if the end has not been received."""
        end = self._received.find(b"\n", self._at, self._stop)
        is_whole = end >= 0
        size = len(self._partial) + (end if is_whole else self._stop) - self._at
        if size > self.limits.header:
            raise WireError(f"an event's header is longer than {self.limits.header} bytes")
        if not is_whole:
            self._take(size + 1)
            return None
        line = self._take(size)
        self._at += 1
        return line

    def _take(self, size: int) -> bytes | None:
        """Return the next ``size`` bytes. If fewer were received, keep them and return None."""
        begin = self._at
        kept = len(self._partial)
        end = begin + size - kept
        if not kept and end <= self._stop:
            self._at = end
            return bytes(self._view[begin:end])
        self._at = min(end, self._stop)
        self._partial += self._view[begin : self._at]
        if end > self._stop:
            return None
        taken = bytes(self._partial)
        self._partial.clear()
        return taken
