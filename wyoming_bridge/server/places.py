"""Decides which clients keep their connections when there are many. It does no I/O.

A place is one connection. A client is a *stranger* until its handler has taken an event. If the
bridge has an access token, the handler gets events only from clients with access.

Strangers may take all places that are free, so that all satellites of a home can connect at once.
When no place is free, and strangers and leaving clients have at least half of them, a new client
takes the place of the oldest of these. But each stranger keeps its place for a moment, so that it
can send its first event. Meanwhile the new client waits to be accepted.

A stranger is *old* after two seconds. Old strangers have a small share of the places. If there are
more, the oldest lose their places, even if no other client needs them.

A known client is *busy* while it has an utterance, and *idle* otherwise. When all places are taken,
an idle client can lose its place, and then a busy client whose audio is late. Other busy clients
never lose theirs. A *leaving* client, which only has to read its last answer, loses its place
first.

All utterances of a home come from the address of Home Assistant, so the number of places per
address is not limited.
"""

from collections.abc import Callable, Hashable
from itertools import chain, islice
from typing import Final, Generic, NamedTuple, TypeVar

__all__ = ["IDLE_S", "LATE_S", "OLD_STRANGER_S", "STRANGER_S", "Places"]

STRANGER_S: Final = 10.0
"""How long a stranger may take for its first event. Usual clients send it at once. A stranger that
is not old yet may take longer."""

OLD_STRANGER_S: Final = 2.0
"""When a stranger is old. When 200 clients connected at once, all had sent their first events after
0.06 s, and after 1.1 s with TLS, measured with clients and bridge on two busy cores."""

_CHECK_S: Final = 0.025
"""How often old strangers are looked for. The age of strangers is counted in these checks. A busy
bridge checks less often, so a stranger is not old only because the bridge had no time to read its
first event. ADR 21 has the measurements."""

_CHECKS_BEGIN: Final = 1.25
"""If there are few strangers, the checks begin this long before the oldest of them is overdue, as a
multiple of the time after which a stranger is old. The multiple is more than 1, so that a bridge
with little to do has made enough checks by then."""

_STRANGERS_SHARE: Final = 2
"""Strangers that have at least half of the places lose theirs before known clients do."""

_OLD_SHARE: Final = 8
_MIN_OLD: Final = 8
"""Old strangers may have an eighth of the places, or 8 if that is more."""

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


class _Joined(NamedTuple):
    """When a stranger got its place."""

    at: float
    """In monotonic seconds."""
    check: int
    """The number of checks before."""


class Places(Generic[T]):
    """The places of one bridge. Times are monotonic seconds."""

    def __init__(
        self,
        *,
        clients: int,
        stranger_s: float = STRANGER_S,
        old_stranger_s: float = OLD_STRANGER_S,
        idle_s: float = IDLE_S,
        late_s: float = LATE_S,
    ) -> None:
        """Create ``clients`` places."""
        self.clients = clients
        self.late_s = late_s
        self.strangers_share = max(1, clients // _STRANGERS_SHARE)
        self._max_old_strangers = max(_MIN_OLD, clients // _OLD_SHARE)
        self._stranger_s = stranger_s
        self._old_after_checks = round(old_stranger_s / _CHECK_S)
        self._late_after_checks = round(min(stranger_s, old_stranger_s) / _CHECK_S)
        self._checks_begin_s = max(0.0, stranger_s - old_stranger_s * _CHECKS_BEGIN)
        self._idle_s = idle_s
        self._checks = 0
        self._checked_at = float("-inf")
        # In each of these dictionaries, the client that has waited longest is first.
        self._leaving: dict[T, None] = {}
        self._strangers: dict[T, _Joined] = {}
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
        self._strangers[client] = _Joined(at=now, check=self._checks)
        return leaves

    def wait_s(self, *, now: float, behind_s: Callable[[T], float] = lambda _: 0.0) -> float:
        """Return how long the next client has to wait before it joins, in seconds.

        It waits if it would take the place of a stranger that has just arrived.
        """
        leaves = self._next_to_leave(now=now, behind_s=behind_s)
        joined = None if leaves is None else self._strangers.get(leaves)
        return 0.0 if joined is None else max(0.0, joined.at + _FIRST_EVENT_S - now)

    def _next_to_leave(self, *, now: float, behind_s: Callable[[T], float]) -> T | None:
        """Return which client loses its place to a new one, or None if all keep theirs."""
        if len(self) < self.clients:
            return None
        if len(self._strangers) + len(self._leaving) >= self.strangers_share:
            return next(chain(self._leaving, self._strangers))
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
        """Return whether no event of a client was accepted yet."""
        return client in self._strangers

    def next_timeout(self) -> float | None:
        """Return when ``overdue`` must be called next, in monotonic seconds, or None for never."""
        next_check = self._checked_at + _CHECK_S
        due = [
            max(next_check, joined.at + self._checks_begin_s)
            for joined in islice(self._strangers.values(), 1)
        ]
        if len(self._strangers) > self._max_old_strangers:
            due.append(next_check)
        if self._last_event_at:
            due.append(self._idle_s + min(self._last_event_at.values()))
        return min(due, default=None)

    def overdue(self, *, now: float) -> list[T]:
        """Return the clients that were silent for too long. ``leave`` frees their places."""
        if self._checked_at + _CHECK_S <= now:
            self._checks += 1
            self._checked_at = now
        joined = self._strangers.values()
        late = sum(self._is_late(each, now=now) for each in joined)
        old = sum(check + self._old_after_checks <= self._checks for _, check in joined)
        # The strangers are in the order in which they joined.
        strangers = islice(self._strangers, max(late, old - self._max_old_strangers, 0))
        silent = [c for c, at in self._last_event_at.items() if at + self._idle_s <= now]
        return [*strangers, *silent]

    def _is_late(self, joined: _Joined, *, now: float) -> bool:
        """Return whether a stranger had enough time, and the bridge enough time to read it."""
        has_had_time = joined.at + self._stranger_s <= now
        return has_had_time and joined.check + self._late_after_checks <= self._checks
