"""Keeps the logins of browsers. It does no I/O.

A browser proves that it knows the access token, in the same way as Wyoming clients, so the token is
not sent. Then it gets a random id as a cookie. In this module, a session is such a login.
"""

import secrets
from collections import Counter
from typing import Final, Generic, NamedTuple, TypeVar

from ..access import BridgeHandshake, Hello, Proof, Purpose, SocketAddress, address_key

__all__ = ["SESSION_S", "Handshakes", "Sessions"]

SESSION_S: Final = 7 * 24 * 3600
"""How long a login lasts: a week. It also ends when the bridge stops."""

_MAX_SESSIONS: Final = 64

_HANDSHAKE_S: Final = 60.0
"""How long a browser may take from the challenge to its proof."""

_MAX_HANDSHAKES: Final = 1024
"""How many handshakes are kept, of about 1 kB each. When there are more, the address that has the
most loses its oldest. So a device that begins many handshakes loses only its own."""

T = TypeVar("T")


class Sessions:
    """The ids of the browsers that are logged in."""

    def __init__(self) -> None:
        self._ids: _Expiring[None] = _Expiring(max_entries=_MAX_SESSIONS, lifetime_s=SESSION_S)

    def begin(self, *, now: float) -> str:
        """Begin a session, and return its id. If there are too many, the oldest session ends."""
        return self._ids.add(None, now=now)

    def knows(self, session_id: str, *, now: float) -> bool:
        """Return whether a session exists and has not expired."""
        return self._ids.has(session_id, now=now)

    def end(self, session_id: str) -> None:
        """End a session, if it exists."""
        self._ids.pop(session_id)


class Handshakes:
    """The handshakes of browsers that log in."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._begun: _Expiring[BridgeHandshake] = _Expiring(
            max_entries=_MAX_HANDSHAKES, lifetime_s=_HANDSHAKE_S
        )

    def challenge(
        self, hello: Hello, *, reached_at: SocketAddress, peer: str, now: float
    ) -> dict[str, object]:
        """Return the answer to a ``Hello`` from an address, with the id of the handshake."""
        handshake = BridgeHandshake(self._token, reached_at=reached_at, purpose=Purpose.PAGE)
        answer = handshake.challenge(hello)
        return {**answer, "id": self._begun.add(handshake, owner=address_key(peer), now=now)}

    def is_right(self, proof: Proof, handshake_id: str, *, now: float) -> bool:
        """Return whether a proof is right. A handshake is for one proof, so it ends."""
        is_known = self._begun.has(handshake_id, now=now)
        handshake = self._begun.pop(handshake_id)
        if not is_known or handshake is None or not handshake.expects_us(proof):
            return False
        return handshake.answer(proof) is not None


class _Entry(NamedTuple, Generic[T]):
    """A value that expires, the address that it belongs to, and when it was added."""

    value: T
    owner: str
    since: float


class _Expiring(Generic[T]):
    """Values by random id. They expire, and there is a limit to their number."""

    def __init__(self, *, max_entries: int, lifetime_s: float) -> None:
        self._max_entries = max_entries
        self._lifetime_s = lifetime_s
        self._entries: dict[str, _Entry[T]] = {}  # the oldest first

    def add(self, value: T, *, now: float, owner: str = "") -> str:
        entry_id = secrets.token_urlsafe(32)
        self._entries[entry_id] = _Entry(value, owner, now)
        if len(self._entries) > self._max_entries:
            del self._entries[self._least_needed()]
        return entry_id

    def _least_needed(self) -> str:
        """Return the id of the oldest value of the owner that has the most values."""
        counts = Counter(entry.owner for entry in self._entries.values())
        owner = max(counts, key=lambda each: counts[each])  # the first, if several have the most
        return next(key for key, entry in self._entries.items() if entry.owner == owner)

    def has(self, entry_id: str, *, now: float) -> bool:
        entry = self._entries.get(entry_id)
        return entry is not None and now - entry.since < self._lifetime_s

    def pop(self, entry_id: str) -> T | None:
        entry = self._entries.pop(entry_id, None)
        return entry.value if entry else None
