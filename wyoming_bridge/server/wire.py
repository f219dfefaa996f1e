"""Wyoming events as bytes, with limits: a stranger's header must not fill our memory.

An event is one line of JSON, then ``data_length`` bytes of JSON that are merged over the line's
own ``data``, then ``payload_length`` bytes. The library's reader has no limits and shows bad
JSON as the end of the connection; this one refuses in words.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
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
"""As the library's stream reader, where it is the one limit there is."""

MAX_DATA_BYTES: Final = 1 << 20
"""Names and terms to listen for, thousands of them, fit."""

MAX_PAYLOAD_BYTES: Final = 1 << 20
"""Half a minute of 16 kHz audio in one chunk."""

_KNOWN: Final = 64
_KNOWN_BYTES: Final = 512
"""Of the headers, and of the data, that are remembered: how many, and how long each may be."""

_VERSION: Final = "1.10.2"
"""Of the library whose events these are; readers do not compare it."""

_NOTHING: Final[Mapping[str, object]] = {}


class WireEvent(NamedTuple):
    """One event as it was read."""

    type: str
    data: Mapping[str, object]
    payload: bytes = b""


class EventDecoder:
    """Bytes in, whole events out. After a ``WireError`` the stream cannot be read on."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._header: _Header | None = None  # of the event that is coming
        self._data_start = 0

    def feed(self, data: bytes | memoryview) -> Iterator[WireEvent]:
        """Take bytes; give the events that they complete, one by one.

        Raises:
            WireError: What follows is no Wyoming event, or one that is too large.
        """
        self._buffer += data
        while (event := self._next()) is not None:
            yield event

    def _next(self) -> WireEvent | None:
        buffer = self._buffer
        header = self._header
        if header is None:
            end = buffer.find(b"\n", self._searched)
            if end < 0 or end > MAX_HEADER_BYTES:
                if len(buffer) > MAX_HEADER_BYTES:
                    raise WireError(f"an event's header is longer than {MAX_HEADER_BYTES} bytes")
                self._searched = len(buffer)
                return None
            header = self._header = _read_header(bytes(buffer[:end]))
            self._data_start = end + 1
        data_start = self._data_start
        payload_start = data_start + header.data_length
        stop = payload_start + header.payload_length
        if len(buffer) < stop:
            return None
        data = header.data
        if header.data_length:
            more = _read_data(bytes(buffer[data_start:payload_start]))
            data = {**data, **more} if data else more
        payload = bytes(buffer[payload_start:stop]) if header.payload_length else b""
        del buffer[:stop]
        self._searched = 0
        self._header = None
        return WireEvent(type=header.type, data=data, payload=payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    type: str
    data: Mapping[str, object]
    data_length: int = 0
    payload_length: int = 0


def _read_header(line: bytes) -> _Header:
    return _known_header(line) if len(line) <= _KNOWN_BYTES else _parsed_header(line)


def _read_data(text: bytes) -> Mapping[str, object]:
    return _known_data(text) if len(text) <= _KNOWN_BYTES else _parsed(text, "data")


def _parsed_header(line: bytes) -> _Header:
    fields = _parsed(line, "header")
    kind = fields.get("type")
    if not isinstance(kind, str) or not kind:
        raise WireError("an event's header has no type")
    data = fields.get("data") or _NOTHING
    if not isinstance(data, dict) and data is not _NOTHING:
        raise WireError("data of an event's header is not an object")
    return _Header(
        type=kind,
        data=data,
        data_length=_length(fields, "data_length", MAX_DATA_BYTES),
        payload_length=_length(fields, "payload_length", MAX_PAYLOAD_BYTES),
    )


def _parsed(text: bytes, what: str) -> dict[str, object]:
    try:
        fields: object = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise WireError(f"an event's {what} is not JSON") from err
    if not isinstance(fields, dict):
        raise WireError(f"an event's {what} is not a JSON object")
    return fields


# Clients repeat themselves letter by letter: each header, and each data, is parsed once.
_known_header = lru_cache(maxsize=_KNOWN)(_parsed_header)
_known_data = lru_cache(maxsize=_KNOWN)(partial(_parsed, what="data"))


def _length(fields: Mapping[str, object], name: str, maximum: int) -> int:
    length = fields.get(name)
    if length is None:
        return 0
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= maximum:
        raise WireError(f"{name} is {length!r}; allowed are 0 to {maximum}")
    return length


def encode_event(kind: str, data: Mapping[str, object] = _NOTHING) -> bytes:
    """An event without payload, ready for one write."""
    header: dict[str, object] = {"type": kind, "version": _VERSION}
    if not data:
        return json.dumps(header).encode() + b"\n"
    body = json.dumps(data).encode()  # as ASCII: clients can send half a character
    header["data_length"] = len(body)
    return json.dumps(header).encode() + b"\n" + body
