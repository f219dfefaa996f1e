"""Decides when the bridge may check a client's proof that it knows the access token.

It does no I/O and reads no clock: the caller passes the time.

After a wrong proof, the next proofs wait, so that tokens cannot be guessed quickly. Right proofs
cause no wait: a hundred of them from one address are checked at once.

Clients that guess cannot keep out a client that knows the token:

- A stranger is a client at an address from which no right proof has come yet. After a stranger's
  wrong proof, the next check for the same address waits for ``RETRY_S``, and the next check for any
  other stranger waits for ``STRANGERS_RETRY_S``, which is shorter. An address that has sent a right
  proof has a queue of its own, which no client at another address can make longer.
- The proofs are checked in the order in which they arrived. A connection waits with one proof at a
  time, so the wait is at most the number of connections times ``RETRY_S``.

A client that shares an address with strangers, for example behind a proxy, shares their queue. A
new client in the same /64 network as a stranger shares the stranger's queue too.
"""

from collections import OrderedDict
from typing import Final, Generic, NamedTuple, TypeVar

from ..access import Access, Verdict, address_key, host_of

__all__ = ["RETRY_S", "STRANGERS_RETRY_S", "AccessAttempts"]

RETRY_S: Final = 0.05
"""The wait between a wrong proof and the next check for the same address or /64 network. To guess
64 random bits would take 10^10 years. With 256 connections that wait, the last one is checked after
13 s, which is within the time that our clients wait."""

STRANGERS_RETRY_S: Final = 0.025
"""The wait after a stranger's wrong proof, before the next proof of any stranger is checked."""

_MAX_TRUSTED: Final = 64
"""How many addresses that have sent a right proof are remembered. A home has one or two."""

_MAX_DELAYED: Final = 1024
"""The number of queues whose delay is remembered. At most 40 wrong proofs of strangers are checked
per second, so a delay that is dropped for a newer one has ended long ago."""


C = TypeVar("C")


class _Queue(NamedTuple):
    """Identifies a queue. The proofs in one queue are checked one after the other."""

    name: str
    """A trusted address, or the address or the /64 network of strangers."""
    is_stranger: bool


class AccessAttempts(Generic[C]):
    """The clients of a bridge whose proofs wait to be checked, in order of arrival."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._trusted: OrderedDict[str, None] = OrderedDict()
        self._free_at: OrderedDict[_Queue, float] = OrderedDict()
        self._strangers_free_at = 0.0
        self._waiting: dict[C, tuple[str, _Queue]] = {}
        """The host and the queue of each client that waits, in the order of their proofs."""

    def take_turn(self, client: C, address: str, *, now: float) -> bool:
        """Return whether a client's proof may be checked now. If not, the client waits in line."""
        if client not in self._waiting:
            self._waiting[client] = host_of(address), self._queue(address)
        if self.first(now=now) is not client:
            return False
        del self._waiting[client]
        return True

    def leave(self, client: C) -> None:
        """Remove a client from the line, because it is gone."""
        self._waiting.pop(client, None)

    def first(self, *, now: float) -> C | None:
        """Return the first client whose proof may be checked now, or None."""
        return next(
            (each for each, (_, queue) in self._waiting.items() if self._due(queue) <= now), None
        )

    def next_timeout(self) -> float | None:
        """Return when the next proof may be checked, or None if no client waits."""
        return min((self._due(queue) for _, queue in self._waiting.values()), default=None)

    def note_right(self, address: str) -> None:
        """Note that a client at an address knows the token."""
        host = host_of(address)
        self._trusted[host] = None
        self._trusted.move_to_end(host)
        if len(self._trusted) > _MAX_TRUSTED:
            self._trusted.popitem(last=False)
        own = _Queue(name=host, is_stranger=False)
        for client, (each, queue) in self._waiting.items():
            if each == host and queue != own:
                self._waiting[client] = host, own

    def note_wrong(self, address: str, *, now: float) -> None:
        """Note that a client at an address sent a wrong proof."""
        queue = self._queue(address)
        self._free_at[queue] = now + RETRY_S
        self._free_at.move_to_end(queue)
        if len(self._free_at) > _MAX_DELAYED:
            self._free_at.popitem(last=False)
        if queue.is_stranger:
            self._strangers_free_at = now + STRANGERS_RETRY_S

    def _due(self, queue: _Queue) -> float:
        due = self._free_at.get(queue, 0.0)
        return max(due, self._strangers_free_at) if queue.is_stranger else due

    def _queue(self, address: str) -> _Queue:
        host = host_of(address)
        if host in self._trusted or self._access.judge(address) is Verdict.ALLOWED:
            return _Queue(name=host, is_stranger=False)
        return _Queue(name=address_key(address), is_stranger=True)
