"""Parses the JSON of Wyoming events: the header, and the block of data after it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, NoReturn

from ..errors import WireError

__all__ = [
    "MAX_DATA_BYTES",
    "MAX_NESTING",
    "MAX_PAYLOAD_BYTES",
    "EventHeader",
    "length_error",
    "read_data",
    "read_header",
]

MAX_DATA_BYTES: Final = 256 * 1024
"""Enough for ten thousand names and terms in a ``transcribe``."""

MAX_PAYLOAD_BYTES: Final = 1 << 20
"""Enough for half a minute of 16 kHz audio in one chunk."""

MAX_NESTING: Final = 32
"""The most levels of arrays and objects in the JSON of an event. Wyoming's own events have four.
Python raises ``RecursionError`` for very deep JSON."""

_CACHE_ENTRIES: Final = 64
"""How many parsed headers, and how many parsed data blocks, are kept."""

_CACHED_BYTES: Final = 512
"""Longer headers and data blocks are not kept, because clients do not repeat them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHeader:
    """What the header says about its event. Lengths and sizes are in bytes."""

    type: str
    data: Mapping[str, object]
    """The data in the header itself."""
    data_length: int
    """The length of the data block after the header, at most ``MAX_DATA_BYTES``."""
    payload_length: int
    """The length of the payload, at most ``MAX_PAYLOAD_BYTES``."""
    event_size: int
    """The size of the whole event on the wire."""


def read_header(line: bytes) -> EventHeader:
    """Return the header in a line, which is given without its end.

    Raises:
        WireError: The line is not the header of an event, or a length in it is not allowed.
    """
    return _cached_header(line) if len(line) <= _CACHED_BYTES else _parsed_header(line)


def read_data(text: bytes) -> Mapping[str, object]:
    """Return the data in the block after the header.

    Raises:
        WireError: The block is not a JSON object, or is nested too deeply.
    """
    return _cached_data(text) if len(text) <= _CACHED_BYTES else _parsed(text, "data")


def _parsed_header(line: bytes) -> EventHeader:
    fields = _parsed(line, "header")
    kind = fields.get("type")
    if not isinstance(kind, str) or not kind:
        raise WireError(f"an event's type must be a non-empty string, got {kind!r:.40}")
    data = fields.get("data") or {}
    if not isinstance(data, dict):
        raise WireError("the data in an event's header must be a JSON object")
    data_length = _length(fields, "data_length", MAX_DATA_BYTES)
    payload_length = _length(fields, "payload_length", MAX_PAYLOAD_BYTES)
    return EventHeader(
        type=kind,
        data=data,
        data_length=data_length,
        payload_length=payload_length,
        event_size=len(line) + 1 + data_length + payload_length,
    )


def _parsed(text: bytes, what: str) -> dict[str, object]:
    try:
        fields: object = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as err:
        raise _too_deep(what) from err
    except ValueError as err:
        raise WireError(f"an event's {what} is not JSON") from err
    if not isinstance(fields, dict):
        raise WireError(f"an event's {what} must be a JSON object")
    if text.count(b"{") + text.count(b"[") > MAX_NESTING and _nesting(fields) > MAX_NESTING:
        raise _too_deep(what)
    return fields


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which are not JSON. A NaN would also pass range checks."""
    raise ValueError(name)


def _nesting(value: object) -> int:
    """Return how deeply arrays and objects are nested."""
    levels = 0
    values = [value]
    while values:
        inner = [each for each in values if isinstance(each, (dict, list))]
        levels += bool(inner)
        values = [
            member
            for each in inner
            for member in (each.values() if isinstance(each, dict) else each)
        ]
    return levels


def _too_deep(what: str) -> WireError:
    return WireError(f"an event's {what} has more than {MAX_NESTING} levels of arrays and objects")


# A client repeats the same header and data with each chunk, so each of them is parsed once.
_cached_header = lru_cache(maxsize=_CACHE_ENTRIES)(_parsed_header)
_cached_data = lru_cache(maxsize=_CACHE_ENTRIES)(partial(_parsed, what="data"))


def _length(fields: Mapping[str, object], name: str, maximum: int) -> int:
    length = fields.get(name)
    if length is None:
        return 0
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= maximum:
        raise length_error(name, maximum, length)
    return length


def length_error(name: str, maximum: int, length: object) -> WireError:
    """Return the error about a length in a header. ``name`` is the field's name."""
    return WireError(f"{name} must be a whole number from 0 to {maximum}, got {length!r:.40}")
