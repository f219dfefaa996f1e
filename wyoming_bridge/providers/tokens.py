"""Who may use the local server: tokens that are known, and tokens that were minted."""

import secrets
from typing import Final

__all__ = ["Tokens"]

_MAX_MINTED: Final = 1000
"""Unused ones; beyond them the oldest is forgotten."""


class Tokens:
    """One service's tokens. Time is in monotonic seconds."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._minted: dict[str, float] = {}  # when each ends, the oldest first

    @property
    def everybody(self) -> bool:
        """Whether nobody needs a token."""
        return not self._known

    def knows(self, token: str) -> bool:
        """Whether it is one of the account's own."""
        return self.everybody or token in self._known

    def minted(self, token: str, *, now: float) -> bool:
        """Whether it was minted, and is still good."""
        return self._minted.get(token, now) > now

    def spend(self, token: str, *, now: float) -> bool:
        """Use up a token that is good once; tells whether it was good."""
        good = self.minted(token, now=now)
        self._minted.pop(token, None)
        return good

    def mint(self, *, lifetime_s: float, now: float) -> str:
        """Make a token that is good for a while."""
        self._minted = {token: end for token, end in self._minted.items() if end > now}
        while len(self._minted) >= _MAX_MINTED:
            del self._minted[next(iter(self._minted))]
        token = secrets.token_urlsafe(24)
        self._minted[token] = now + lifetime_s
        return token
