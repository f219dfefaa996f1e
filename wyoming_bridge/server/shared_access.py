"""The state that all access gates share: the rules, the proofs that wait, and the log."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from ..access import Access, Verdict
from .access_attempts import AccessAttempts
from .access_log import AccessLog

__all__ = ["Prover", "SharedAccess"]


class Prover(Protocol):
    """A client that has sent a proof."""

    @property
    def peer(self) -> str:
        """The client's address."""

    def resume(self) -> None:
        """Try the proof again."""


class SharedAccess:
    """The rules, the waiting proofs and the log of one bridge, and a timer for the proofs."""

    def __init__(self, access: Access, *, on_refusal: Callable[[], None] = lambda: None) -> None:
        """Create the state of a bridge. ``on_refusal`` is called for each refused request."""
        self.rules = access
        self._on_refusal = on_refusal
        self.log = AccessLog()
        self._attempts: AccessAttempts[Prover] = AccessAttempts(access)
        self._timer: asyncio.TimerHandle | None = None
        self._served: Prover | None = None
        """The last client whose proof was allowed to be checked."""

    def accepts(self, prover: Prover) -> bool:
        """Return whether a client's proof may be checked now.

        If not, the client's ``resume`` is called as soon as the proof may be checked.
        """
        loop = asyncio.get_running_loop()
        if self._attempts.take_turn(prover, prover.peer, now=loop.time()):
            self._served = prover
            return True
        self._set_timer(loop)
        return False

    def note(self, prover: Prover, *, is_right: bool) -> None:
        """Note the outcome of a check."""
        if is_right:
            self._attempts.note_right(prover.peer)
        else:
            self._attempts.note_wrong(prover.peer, now=asyncio.get_running_loop().time())

    def note_refusal(self, address: str, verdict: Verdict) -> None:
        """Log and count a request that was refused."""
        self.log.refused(address, verdict, now=asyncio.get_running_loop().time())
        self._on_refusal()

    def leave(self, prover: Prover) -> None:
        """Forget a client that is gone."""
        self._attempts.leave(prover)
        if self._timer and self._attempts.next_timeout() is None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer:
            self._timer.cancel()
        due = self._attempts.next_timeout()
        self._timer = None if due is None else loop.call_at(due, self._serve, loop)

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Resume all clients whose proofs may be checked now."""
        self._timer = None
        while (prover := self._attempts.first(now=loop.time())) is not None:
            self._served = None
            prover.resume()
            if self._served is not prover:  # it is gone, and must not delay the others
                self._attempts.leave(prover)
        self._set_timer(loop)
