"""The messages that wait for a viewer, which is an open page. This module does no I/O.

If a viewer reads too slowly, messages with levels are left out, the oldest first. Then only a part
of a drawing is missing. If the other messages are still too many, the viewer is lost, and
``PageSockets`` ends its connection. The page connects again and gets everything from the beginning.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

__all__ = ["MAX_WAITING", "MAX_WAITING_CHARACTERS", "Viewer"]

MAX_WAITING: Final = 512
"""How many messages may wait. An utterance of 10 s has about 300."""

MAX_WAITING_CHARACTERS: Final = 2 << 20
"""How many characters may wait. The first message to a page has all utterances under way, with
about 50,000 characters per minute of audio."""


class Viewer:
    """One page that is open."""

    def __init__(self, *, on_message: Callable[[], None]) -> None:
        """Create a viewer. ``on_message`` is called when it has a new message or is lost."""
        self.is_lost = False
        """Whether the viewer is too slow. It gets no more messages."""
        self._on_message = on_message
        self._waiting: dict[int, str] = {}
        self._levels: deque[int] = deque()  # the numbers of the waiting messages with levels
        self._characters = 0
        self._number = 0

    def put(self, message: str, *, is_levels: bool = False) -> None:
        """Add a message. A message with levels may be left out later."""
        if self.is_lost:
            return
        self._number += 1
        self._waiting[self._number] = message
        self._characters += len(message)
        if is_levels:
            self._levels.append(self._number)
        while self._is_full and self._levels:
            self._remove(self._levels.popleft())
        if self._is_full:
            self.is_lost = True
            self._waiting.clear()
        self._on_message()

    def take(self) -> str | None:
        """Remove and return the next message, or return None if there is no message."""
        if not self._waiting:
            return None
        number = next(iter(self._waiting))
        if self._levels and self._levels[0] == number:
            self._levels.popleft()
        return self._remove(number)

    @property
    def _is_full(self) -> bool:
        return (
            len(self._waiting) > MAX_WAITING or self._characters > MAX_WAITING_CHARACTERS
        ) and len(self._waiting) > 1

    def _remove(self, number: int) -> str:
        message = self._waiting.pop(number)
        self._characters -= len(message)
        return message
