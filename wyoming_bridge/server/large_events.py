"""Spreads the large events of all clients over time.

A ``transcribe`` with the names of a large house takes 20 ms. When four clients sent such events
without end, other clients waited for 250 ms. So large events are handled one at a time, in the
order in which they arrived, and after each of them the other clients have a pause for themselves.
"""

import asyncio
from typing import Final, Protocol

from ..errors import ErrorText, LocalError, RequestError
from .wire import WireEvent

__all__ = ["LargeEventTurns", "Resumable", "is_large"]

_LARGE_BYTES: Final = 32 * 1024
"""Larger events wait for their turn. The names of 300 entities have 20 kB."""

_REST: Final = 2.0
"""The pause after a large event, as a multiple of the time that the event took. So large events
take at most a third of the bridge's time."""


_LONGEST_WAIT_S: Final = 10.0
"""How long an event may wait for its turn. Its client, and a person who speaks, would not wait
longer. 160 events with the names of a large house take that long."""


class Resumable(Protocol):
    """A client whose large event waits for its turn."""

    def resume(self) -> None:
        """Handle the event, because it is its turn."""

    def refuse(self, error: LocalError) -> None:
        """Refuse the event, because it has waited too long."""


def is_large(event: WireEvent) -> bool:
    """Return whether an event has to wait for its turn. Audio is handled in small pieces."""
    return event.type != "audio-chunk" and event.size > _LARGE_BYTES


class LargeEventTurns:
    """The large events of all clients of one bridge."""

    def __init__(self) -> None:
        self._waiting: dict[Resumable, float] = {}  # since when, the oldest first
        self._next: Resumable | None = None  # its turn has come
        self._timer: asyncio.TimerHandle | None = None  # runs during a pause
        self._spent_s = 0.0  # all turns and pauses so far, without what else keeps the loop busy

    def may_begin(self, client: Resumable) -> bool:
        """Return whether a client's event may be handled now.

        If not, the client's ``resume`` is called when it is its turn, or its ``refuse`` if that
        would be too late.
        """
        if client is self._next or not (self._timer or self._waiting):
            return True
        self._waiting.setdefault(client, self._spent_s)
        return False

    def end(self, *, took_s: float) -> None:
        """Note that an event was handled, which took this long. Begin the pause after it."""
        self._next = None
        self._spent_s += took_s * (1 + _REST)
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(took_s * _REST, self._serve)

    def leave(self, client: Resumable) -> None:
        """Forget a client, because it is gone. Calling it again does nothing."""
        self._waiting.pop(client, None)

    def _serve(self) -> None:
        """Refuse the events that have waited too long. Then let the oldest one be handled."""
        self._timer = None
        began_s = self._spent_s - _LONGEST_WAIT_S
        for late in [each for each, since_s in self._waiting.items() if since_s < began_s]:
            self.leave(late)
            seconds = f"{_LONGEST_WAIT_S:g}"
            late.refuse(RequestError(ErrorText.EVENT_WAITED, seconds=seconds))
        client = next(iter(self._waiting), None)
        if client is None:
            return
        del self._waiting[client]
        self._next = client
        client.resume()
        if self._next is client:  # its event is not handled now, and must not delay the others
            self.end(took_s=0.0)
