"""Spreads the large events of all clients over time.

A ``transcribe`` with the names of a large house takes 20 ms. When four clients sent such events
without end, other clients waited for 250 ms. So large events are handled one at a time, in the
order in which they arrived, and after each of them the other clients have a pause for themselves.
"""

import asyncio
from typing import Final, Protocol

from .wire import WireEvent

__all__ = ["LargeEventTurns", "Resumable", "is_large"]

_LARGE_BYTES: Final = 32 * 1024
"""Larger events wait for their turn. The names of 300 entities have 20 kB."""

_REST: Final = 2.0
"""The pause after a large event, as a multiple of the time that the event took. So large events
take at most a third of the bridge's time."""


class Resumable(Protocol):
    """A client whose large event waits for its turn."""

    def resume(self) -> None:
        """Handle the event, because it is its turn."""


def is_large(event: WireEvent) -> bool:
    """Return whether an event has to wait for its turn. Audio is handled in small pieces."""
    return event.type != "audio-chunk" and event.size > _LARGE_BYTES


class LargeEventTurns:
    """The large events of all clients of one bridge."""

    def __init__(self) -> None:
        self._waiting: dict[Resumable, None] = {}  # an ordered set
        self._next: Resumable | None = None  # its turn has come
        self._timer: asyncio.TimerHandle | None = None  # runs during a pause

    def may_begin(self, client: Resumable) -> bool:
        """Return whether a client's event may be handled now.

        If not, the client's ``resume`` is called when it is its turn.
        """
        if client is self._next or not (self._timer or self._waiting):
            return True
        self._waiting[client] = None
        return False

    def end(self, *, took_s: float) -> None:
        """Note that an event was handled, which took this long. Begin the pause after it."""
        self._next = None
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(took_s * _REST, self._serve)

    def leave(self, client: Resumable) -> None:
        """Forget a client, because it is gone. Calling it again does nothing."""
        self._waiting.pop(client, None)

    def _serve(self) -> None:
        """Let the client that has waited longest handle its event."""
        self._timer = None
        client = next(iter(self._waiting), None)
        if client is None:
            return
        del self._waiting[client]
        self._next = client
        client.resume()
        if self._next is client:  # its event is not handled now, and must not delay the others
            self.end(took_s=0.0)
