"""Decodes and encodes Wyoming events, with limits on how much memory an event can take.

An event is one line of JSON, then ``data_length`` bytes of JSON that are merged over the line's
own ``data``, then ``payload_length`` bytes. The ``wyoming`` library's reader has no limits, and
treats bad JSON as the end of the connection. This decoder raises an error that says what is wrong.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from io import BytesIO
from typing import Final, NamedTuple

from ..errors import WireError

__all__ = [
    "MAX_DATA_BYTES",
    "MAX_HEADER_BYTES",
    "MAX_PAYLOAD_BYTES",
    "EventDecoder",
    "WireEvent",
    "encode_event",
]

MAX_HEADER_BYTES: Final = 64 * 1024
"""The limit of the stream reader that the library uses, and the only limit that it has."""

MAX_DATA_BYTES: Final = 1 << 20
"""Room for thousands of names and terms in a ``transcribe``."""

MAX_PAYLOAD_BYTES: Final = 1 << 20
"""Half a minute of 16 kHz audio in one chunk."""

_CACHE_ENTRIES: Final = 64
"""How many parsed headers, and how many parsed data blocks, are kept."""

_CACHED_BYTES: Final = 512
"""Longer headers and data blocks are not kept: clients do not repeat them."""

_VERSION: Final = "1.10.2"
"""The version of the library whose events these are. Readers do not compare it."""

_NO_DATA: Final[Mapping[str, object]] = {}


class WireEvent(NamedTuple):
    """One decoded event."""

    type: str
    data: Mapping[str, object]
    payload: bytes = b""
    size: int = 0
    """How many bytes the event took on the wire."""


class EventDecoder:
    """Decodes a stream of events. After a ``WireError`` the stream cannot be decoded further.

    A payload is copied once, out of the bytes that were received.
    """

    def __init__(self) -> None:
        self._received: bytes | bytearray = b""
        self._view = memoryview(b"")
        self._at = 0
        self._stop = 0
        self._partial = BytesIO()
        """The beginning of a header, data block or payload whose rest has not been received."""
        self._header: _Header | None = None
        self._data: Mapping[str, object] | None = None

    def feed(self, received: bytes | bytearray, size: int | None = None) -> Iterator[WireEvent]:
        """Yield the events that the first ``size`` bytes, or all bytes, complete.

        Nothing of ``received`` is kept after the last event, so the caller can reuse it.

        Raises:
            WireError: The bytes are not a Wyoming event, or the event is too large.
        """
        self._received = received
        self._at = 0
        self._stop = len(received) if size is None else size
        with memoryview(received) as self._view:
            while (event := self._next_event()) is not None:
                yield event
        self._received = b""

    def _next_event(self) -> WireEvent | None:
        header = self._header
        if header is None:
            line = self._take_line()
            if line is None:
                return None
            header = self._header = _read_header(line)
        data = self._data
        if data is None:
            data = header.data
            if header.data_length:
                block = self._take(header.data_length)
                if block is None:
                    return None
                more = _read_data(block)
                data = {**data, **more} if data else more
            self._data = data
        payload = self._take(header.payload_length)
        if payload is None:
            return None
        self._header = self._data = None
        return WireEvent(header.type, data, payload, header.event_size)

    def _take_line(self) -> bytes | None:
        """Return the next line without its end, or None if the end has not been received."""
        end = self._received.find(b"\n", self._at, self._stop)
        is_whole = end >= 0
        size = self._partial.tell() + (end if is_whole else self._stop) - self._at
        if size > MAX_HEADER_BYTES:
            raise WireError(f"an event's header is longer than {MAX_HEADER_BYTES} bytes")
        if not is_whole:
            self._take(size + 1)
            return None
        line = self._take(size)
        self._at += 1
        return line

    def _take(self, size: int) -> bytes | None:
        """Return the next bytes. If fewer were received, keep those and return None."""
        begin = self._at
        kept = self._partial.tell()
        end = begin + size - kept
        if not kept and end <= self._stop:
            self._at = end
            return bytes(self._view[begin:end])
        self._at = min(end, self._stop)
        self._partial.write(self._view[begin : self._at])
        if end > self._stop:
            return None
        taken = self._partial.getvalue()
        self._partial = BytesIO()
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    type: str
    data: Mapping[str, object]
    data_length: int
    payload_length: int
    event_size: int


def _read_header(line: bytes) -> _Header:
    return _cached_header(line) if len(line) <= _CACHED_BYTES else _parsed_header(line)


def _read_data(text: bytes) -> Mapping[str, object]:
    return _cached_data(text) if len(text) <= _CACHED_BYTES else _parsed(text, "data")


def _parsed_header(line: bytes) -> _Header:
    fields = _parsed(line, "header")
    kind = fields.get("type")
    if not isinstance(kind, str) or not kind:
        raise WireError(f"an event's type must be a non-empty string, got {kind!r:.40}")
    data = fields.get("data") or _NO_DATA
    if not isinstance(data, dict) and data is not _NO_DATA:
        raise WireError("the data in an event's header must be a JSON object")
    data_length = _length(fields, "data_length", MAX_DATA_BYTES)
    payload_length = _length(fields, "payload_length", MAX_PAYLOAD_BYTES)
    return _Header(
        type=kind,
        data=data,
        data_length=data_length,
        payload_length=payload_length,
        event_size=len(line) + 1 + data_length + payload_length,
    )


def _parsed(text: bytes, what: str) -> dict[str, object]:
    try:
        fields: object = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise WireError(f"an event's {what} is not JSON") from err
    if not isinstance(fields, dict):
        raise WireError(f"an event's {what} must be a JSON object")
    return fields


# A client repeats the same header and data with each chunk, so each of them is parsed once.
_cached_header = lru_cache(maxsize=_CACHE_ENTRIES)(_parsed_header)
_cached_data = lru_cache(maxsize=_CACHE_ENTRIES)(partial(_parsed, what="data"))


def _length(fields: Mapping[str, object], name: str, maximum: int) -> int:
    length = fields.get(name)
    if length is None:
        return 0
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= maximum:
        raise WireError(f"{name} must be a whole number from 0 to {maximum}, got {length!r:.40}")
    return length


def encode_event(kind: str, data: Mapping[str, object] = _NO_DATA) -> bytes:
    """Return an event without payload as bytes."""
    header: dict[str, object] = {"type": kind, "version": _VERSION}
    if not data:
        return json.dumps(header).encode() + b"\n"
    # As ASCII: clients can send lone surrogates, which UTF-8 cannot encode.
    body = json.dumps(data).encode()
    header["data_length"] = len(body)
    return json.dumps(header).encode() + b"\n" + body
