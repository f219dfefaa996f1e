"""Addresses that were refused access, kept for all clients of a bridge."""

import logging
from collections.abc import Hashable
from typing import Final, TypeVar

from ..access import Access, Verdict

__all__ = ["RETRY_S", "AccessAttempts"]

_log = logging.getLogger(__name__)

RETRY_S: Final = 1.0
"""The wait between a wrong token and the next one from the same address. A user does not notice
it. To guess 64 random bits would take 10^11 years."""

_MAX_ADDRESSES: Final = 1024
"""The number of addresses that are kept: more than a house has, in less than 100 KiB."""

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")


class AccessAttempts:
    """Keeps when an address sent a wrong token, and which addresses the log has named."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._failed_at: dict[str, float] = {}
        self._logged: dict[str, Verdict] = {}

    def wait_s(self, address: str, *, now: float) -> float:
        """Return how long an address must wait before its next try. 0 or less means not at all."""
        failed_at = self._failed_at.get(address)
        return 0.0 if failed_at is None else failed_at + RETRY_S - now

    def note_wrong(self, address: str, *, now: float) -> None:
        """Note that a client at an address sent a wrong token."""
        _remember(self._failed_at, address, now)

    def log(self, address: str, verdict: Verdict) -> None:
        """Log a refusal, once per address: some clients ask every 30 s."""
        if address not in self._logged:
            _remember(self._logged, address, verdict)
            why = verdict.error.message
            _log.warning("refused a client at %s, which is not logged again: %s", address, why)


def _remember(kept: dict[T, V], key: T, value: V) -> None:
    """Keep a value as the newest. If there are too many, drop the oldest."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > _MAX_ADDRESSES:
        del kept[next(iter(kept))]
