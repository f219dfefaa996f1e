"""The parts of a service's message that its reader leaves out."""

from typing import Protocol

from wyoming_bridge.providers.contract import Unreadable

__all__ = ["unread"]


class Reader(Protocol):
    def __call__(self, message: str, *, left_out: list[str] | None = None) -> object: ...


def unread(read: Reader, line: str) -> str:
    """Return why the first field or the whole message was left out; empty if all was read."""
    left_out: list[str] = []
    message = read(line, left_out=left_out)
    return message.why if isinstance(message, Unreadable) else "".join(left_out[:1])
