"""Access to the local server: the configured tokens, and the tokens that the server issues."""

import secrets
from typing import Final

__all__ = ["MAX_MINTED", "Tokens"]

MAX_MINTED: Final = 1000
"""Maximum number of issued tokens that are valid. If there are more, the oldest is dropped."""


class Tokens:
    """The tokens of one service. Time is in monotonic seconds."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._minted: dict[str, float] = {}  # expiry time by token, the oldest first

    @property
    def is_open(self) -> bool:
        """Whether clients are accepted without a token."""
        return not self._known

    def knows(self, token: str) -> bool:
        """Return whether this is one of the configured tokens, or no token is needed."""
        return self.is_open or token in self._known

    def minted(self, token: str, *, now: float) -> bool:
        """Return whether the server issued this token, and the token has not expired."""
        return self._minted.get(token, now) > now

    def spend(self, token: str, *, now: float) -> bool:
        """Make a single-use token invalid. Return whether it was valid before."""
        good = self.minted(token, now=now)
        self._minted.pop(token, None)
        return good

    def mint(self, *, lifetime_s: float, now: float, prefix: str = "") -> str:
        """Issue a token that is valid for ``lifetime_s`` seconds."""
        self._minted = {token: end for token, end in self._minted.items() if end > now}
        while len(self._minted) >= MAX_MINTED:
            del self._minted[next(iter(self._minted))]
        token = f"{prefix}{secrets.token_urlsafe(24)}"
        self._minted[token] = now + lifetime_s
        return token
