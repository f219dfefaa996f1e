"""Writes and parses messages in JSON."""

import json
from collections.abc import Mapping
from typing import Final

from .errors import ProtocolViolationError

__all__ = ["MAX_CLIENT_DEPTH", "compact", "parsed_object", "readable", "value_count"]

MAX_CLIENT_DEPTH: Final = 32
"""The most levels of objects and lists that a server accepts. Normal clients send one level."""


def compact(message: Mapping[str, object]) -> str:
    """Return a message as JSON without white space, because some clients compare it as text."""
    return _encodable(json.dumps(message, separators=(",", ":"), ensure_ascii=False))


def readable(message: Mapping[str, object]) -> str:
    """Return a message as JSON for people. Letters of all languages are not escaped."""
    return _encodable(json.dumps(message, ensure_ascii=False))


def _encodable(text: str) -> str:
    """Escape lone surrogates. Clients can send them in JSON, but UTF-8 cannot encode them."""
    return text.encode("utf-8", "backslashreplace").decode()


def value_count(message: str | bytes) -> int:
    """Return about how many values a message has, without parsing it.

    In memory, an empty object takes 24 times as much as in JSON. So a limit on the size of a
    message does not limit the memory, but a limit on the values does. Commas in texts count too.
    """
    if isinstance(message, str):
        return sum(map(message.count, ",{["))
    return sum(message.count(mark) for mark in (b",", b"{", b"["))


def parsed_object(
    message: str | bytes, *, provider: str, max_depth: int | None = None
) -> dict[str, object]:
    """Parse a message that must be a JSON object.

    ``provider`` is for the error. ``max_depth`` is the most levels of objects and lists; None if
    there is no limit.

    Raises:
        ProtocolViolationError: The message is not a JSON object, or is nested too deeply.
    """
    allowed = f"; at most {max_depth} are allowed" if max_depth is not None else ""
    too_deep = f"a message has too many levels of lists and objects{allowed}"
    try:
        values = _parsed(message)
    except ValueError as err:
        raise ProtocolViolationError("a message is not JSON", provider=provider) from err
    except RecursionError as err:  # the parser is recursive; its limit depends on the stack
        raise ProtocolViolationError(too_deep, provider=provider) from err
    if not isinstance(values, dict):
        raise ProtocolViolationError("a message is not a JSON object", provider=provider)
    if max_depth is not None and _is_deeper(values, than=max_depth):
        raise ProtocolViolationError(too_deep, provider=provider)
    return values


def _parsed(message: str | bytes) -> object:
    if isinstance(message, str):
        message = message.removeprefix("\ufeff")
    try:
        return json.loads(message)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of thousands of digits, or bytes that are not Unicode
        return json.loads(message, parse_int=float)


def _is_deeper(value: object, *, than: int) -> bool:
    """Return whether a value has more than ``than`` levels of lists and objects."""
    level = [value]
    for _ in range(than):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True
