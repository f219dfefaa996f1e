"""What is remembered of addresses that were refused, for all clients of a bridge."""

import logging
from collections.abc import Hashable
from typing import Final, TypeVar

from ..access import Access, Verdict

__all__ = ["RETRY_S", "AccessAttempts"]

_log = logging.getLogger(__name__)

RETRY_S: Final = 1.0
"""Between a wrong token and the next try from the same address. A person does not notice; whoever
guesses needs 10^11 years for 64 random bits."""

_MAX_ADDRESSES: Final = 1024
"""That are remembered: more than a house has, and less than 100 KiB."""

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")


class AccessAttempts:
    """Remembers addresses for all clients of a bridge: who tried when, who was named in the log."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._failed_at: dict[str, float] = {}
        self._named: dict[str, Verdict] = {}

    def wait_s(self, address: str, *, now: float) -> float:
        """How long an address has to wait before its next try; 0 or less: it need not."""
        failed_at = self._failed_at.get(address)
        return 0.0 if failed_at is None else failed_at + RETRY_S - now

    def note_wrong(self, address: str, *, now: float) -> None:
        """Somebody at an address sent a wrong token."""
        _remember(self._failed_at, address, now)

    def log(self, address: str, verdict: Verdict) -> None:
        """Say once for each address that it was refused: some clients ask every half minute."""
        if address not in self._named:
            _remember(self._named, address, verdict)
            why = verdict.error.message
            _log.warning("a client at %s was refused, and will be without a word: %s", address, why)


def _remember(places: dict[T, V], key: T, value: V) -> None:
    """Keep a value as the newest; the oldest goes where there are too many."""
    places.pop(key, None)
    places[key] = value
    if len(places) > _MAX_ADDRESSES:
        del places[next(iter(places))]
