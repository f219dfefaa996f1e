"""Decides which clients keep their connections when there are many. It does no I/O.

A place is one connection. A client is a *stranger* until its handler has taken an event. If the
bridge has an access token, the handler gets events only from clients with access. Strangers share a
part of the places. If all of these are taken, a new stranger takes the place of the oldest
stranger. But each stranger keeps its place for a moment, so that it can send its first event.
Meanwhile the new client waits to be accepted.

A known client is *busy* while it has an utterance, and *idle* otherwise. When all places are taken,
an idle client can lose its place, and then a busy client whose audio is late. Other busy clients
never lose theirs. A *leaving* client, which only has to read its last answer, loses its place
first.

All utterances of a home come from the address of Home Assistant, so the number of places per
address is not limited.
"""

from collections.abc import Callable, Hashable
from itertools import chain
from typing import Final, Generic, TypeVar

__all__ = ["IDLE_S", "LATE_S", "STRANGER_S", "Places"]

STRANGER_S: Final = 10.0
"""How long a stranger may take for its first event. Usual clients send it at once."""

_FIRST_EVENT_S: Final = 0.01
"""How long a stranger keeps its place in any case, because on a busy machine, a client sends its
first event some ms after it has connected. If the bridge may open only few files, a flood of
connections takes all places of strangers within 1 ms. If strangers kept their places for longer,
the flood would fill the queue of clients that wait to be accepted."""

IDLE_S: Final = 300.0
"""How long a client may be silent between two utterances. A client that keeps its connection for
longer sends a ``ping`` now and then."""

LATE_S: Final = 2.0
"""How far the audio of a busy client may be behind the pace of speech. If it is later, the client
can lose its place. A link that is lost for a moment is back within this time."""

_NEW_S: Final = 1.0
"""How long a client may take from its first event, or from its last answer, to its next audio.
During this time, it loses its place to a new client only if no other client can lose one."""

T = TypeVar("T", bound=Hashable)


class Places(Generic[T]):
    """The places of one bridge. Times are monotonic seconds."""

    def __init__(
        self,
        *,
        clients: int,
        strangers: int,
        stranger_s: float = STRANGER_S,
        idle_s: float = IDLE_S,
        late_s: float = LATE_S,
    ) -> None:
        """Create ``clients`` places. Strangers may have at most ``strangers`` of them."""
        self.clients = clients
        self.late_s = late_s
        self.max_strangers = strangers
        self._stranger_s = stranger_s
        self._idle_s = idle_s
        # In each of these dictionaries, the client that has waited longest is first.
        self._leaving: dict[T, None] = {}
        self._strangers: dict[T, float] = {}
        self._idle: dict[T, float] = {}
        self._busy: set[T] = set()
        self._last_event_at: dict[T, float] = {}  # only of idle clients

    def __len__(self) -> int:
        known = len(self._idle) + len(self._busy)
        return len(self._leaving) + len(self._strangers) + known

    def counts(self) -> dict[str, int]:
        """Return the number of clients of each kind."""
        return {
            "stranger": len(self._strangers),
            "idle": len(self._idle),
            "busy": len(self._busy),
            "leaving": len(self._leaving),
        }

    def join(
        self, client: T, *, now: float, behind_s: Callable[[T], float] = lambda _: 0.0
    ) -> T | None:
        """Give a new client a place, and return the client that loses its place, or None.

        If busy clients whose audio arrives in time have all places, return the new client itself.
        ``behind_s`` returns how far the audio of a busy client is behind.
        """
        leaves = self._next_to_leave(now=now, behind_s=behind_s)
        if leaves is None and len(self) >= self.clients:
            return client
        if leaves is not None:
            self.leave(leaves)
        self._strangers[client] = now
        return leaves

    def wait_s(self, *, now: float, behind_s: Callable[[T], float] = lambda _: 0.0) -> float:
        """Return how long the next client has to wait before it joins, in seconds.

        It waits if it would take the place of a stranger that has just arrived.
        """
        leaves = self._next_to_leave(now=now, behind_s=behind_s)
        since = None if leaves is None else self._strangers.get(leaves)
        return 0.0 if since is None else max(0.0, since + _FIRST_EVENT_S - now)

    def _next_to_leave(self, *, now: float, behind_s: Callable[[T], float]) -> T | None:
        """Return which client loses its place to a new one, or None if all keep theirs."""
        if len(self._strangers) + len(self._leaving) >= self.max_strangers:
            return next(chain(self._leaving, self._strangers))
        if len(self) < self.clients:
            return None
        late = [each for each in self._busy if behind_s(each) > self.late_s]
        latest = sorted(late, key=behind_s, reverse=True)
        idle = [each for each, since in self._idle.items() if now - since >= _NEW_S]
        return next(chain(self._leaving, idle, latest, self._strangers, self._idle), None)

    def note_leaving(self, client: T) -> None:
        """Note that a client only has to read its last answer."""
        if client in self._strangers or client in self._idle or client in self._busy:
            self.leave(client)
            self._leaving[client] = None

    def note_event(self, client: T, *, is_busy: bool, now: float) -> None:
        """Note that the handler of a client handled an event. The client is known from now on."""
        if client in self._busy:
            if is_busy:
                return
            self._busy.discard(client)
            self._idle[client] = now
        elif self._strangers.pop(client, None) is not None:
            self._idle[client] = now
        elif client not in self._idle:
            return  # it has lost its place
        if is_busy:
            del self._idle[client]
            self._last_event_at.pop(client, None)
            self._busy.add(client)
        else:
            self._last_event_at[client] = now

    def leave(self, client: T) -> None:
        """Free the place of a client. Leaving twice is allowed."""
        self._leaving.pop(client, None)
        self._strangers.pop(client, None)
        self._idle.pop(client, None)
        self._last_event_at.pop(client, None)
        self._busy.discard(client)

    def is_stranger(self, client: T) -> bool:
        """Return whether no event of a client was taken yet."""
        return client in self._strangers

    def next_timeout(self) -> float | None:
        """Return when the next client is overdue, in monotonic seconds, or None for never."""
        due = [self._stranger_s + since for since in list(self._strangers.values())[:1]]
        if self._last_event_at:
            due.append(self._idle_s + min(self._last_event_at.values()))
        return min(due, default=None)

    def overdue(self, *, now: float) -> list[T]:
        """Return the clients that were silent for too long. ``leave`` frees their places."""
        strangers = [c for c, since in self._strangers.items() if since + self._stranger_s <= now]
        silent = [c for c, at in self._last_event_at.items() if at + self._idle_s <= now]
        return strangers + silent
