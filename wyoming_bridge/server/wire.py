"""Wyoming events as they are on the wire: their parts, their limits, and how to write one.

An event is one line of JSON, then ``data_length`` bytes of JSON that are merged into the line's own
``data``, then ``payload_length`` bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from .wire_json import MAX_DATA_BYTES

__all__ = [
    "AUDIO_CHUNK",
    "CLIENT_LIMITS",
    "MAX_HEADER_BYTES",
    "NO_DATA",
    "STRANGER_LIMITS",
    "WireEvent",
    "WireLimits",
    "encode_event",
]

MAX_HEADER_BYTES: Final = 64 * 1024
"""The same limit as in the ``wyoming`` library, which reads lines with asyncio's stream reader."""

AUDIO_CHUNK: Final = "audio-chunk"

NO_DATA: Final[Mapping[str, object]] = {}

_VERSION: Final = "1.10.2"
"""The version of the ``wyoming`` library that defines these events. Clients do not check it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLimits:
    """How large the parts of an event may be, in bytes."""

    header: int
    """The line of JSON."""
    data: int
    """The block of JSON after it."""


CLIENT_LIMITS: Final = WireLimits(header=MAX_HEADER_BYTES, data=MAX_DATA_BYTES)

STRANGER_LIMITS: Final = WireLimits(header=16 * 1024, data=64 * 1024)
"""The limits for the first event of a client. A ``transcribe`` with two thousand names fits."""


class WireEvent(NamedTuple):
    """One decoded event."""

    type: str
    data: Mapping[str, object]
    payload: bytes = b""
    size: int = 0
    """The size of the whole event on the wire, in bytes."""


def encode_event(kind: str, data: Mapping[str, object] = NO_DATA) -> bytes:
    """Return an event without payload as bytes."""
    header: dict[str, object] = {"type": kind, "version": _VERSION}
    if not data:
        return json.dumps(header).encode() + b"\n"
    # JSON in ASCII, because a client's text may contain lone surrogates, which UTF-8 cannot encode.
    body = json.dumps(data).encode()
    header["data_length"] = len(body)
    return json.dumps(header).encode() + b"\n" + body
