"""A helper for tests of messages that cannot be read, or that can be read only in part."""

from typing import Protocol

from wyoming_bridge.providers.contract import Unreadable

__all__ = ["unread"]


class Reader(Protocol):
    def __call__(self, message: str, *, left_out: list[str] | None = None) -> object: ...


def unread(read: Reader, line: str) -> str:
    """Return why ``read`` left out a field or the whole message; empty if it read everything."""
    left_out: list[str] = []
    message = read(line, left_out=left_out)
    return message.why if isinstance(message, Unreadable) else "".join(left_out[:1])
