"""Logs clients without access. The number of lines is limited, whatever the clients do."""

import logging
from typing import Final

from ..access import Verdict, address_key

__all__ = ["AccessLog"]

_log = logging.getLogger(__name__)

_MAX_LINES: Final = 10
"""The most lines per minute."""

_PERIOD_S: Final = 60.0

_MAX_ADDRESSES: Final = 1024
"""The number of logged addresses that are remembered. They take less than 100 KiB, and a home has
fewer."""


class AccessLog:
    """Logs once per address or /64 network, and at most ten lines per minute."""

    def __init__(self) -> None:
        self._logged: dict[str, None] = {}
        self._lines = 0
        self._period_ends_at = 0.0

    def refused(self, address: str, verdict: Verdict, *, now: float) -> None:
        """Log that a client was refused, once per address, because clients keep trying."""
        self._warn(
            address,
            f"refused a client at {address}, which is logged only once: {verdict.error.message}",
            now=now,
        )

    def sent_in_clear(self, address: str, *, now: float) -> None:
        """Log that a client that needs no token sent one in clear text."""
        self._warn(
            address,
            f"a client at {address}, which needs no access token, sent one in clear text; update "
            "the client",
            now=now,
        )

    def forwarded(self, address: str, *, now: float) -> None:
        """Log that another machine forwarded the proof of a client, which expects another bridge.

        ``address`` is that of the machine.
        """
        self._warn(
            address,
            f"refused a proof that {address} forwarded: its client expects a bridge at another "
            "address",
            now=now,
        )

    def _warn(self, address: str, line: str, *, now: float) -> None:
        key = address_key(address)
        if key in self._logged:
            return
        if now >= self._period_ends_at:
            self._lines = 0
            self._period_ends_at = now + _PERIOD_S
        self._lines += 1
        if self._lines == _MAX_LINES:
            _log.warning("%s (further addresses are not logged within this minute)", line)
        elif self._lines < _MAX_LINES:
            _log.warning("%s", line)
        else:
            return
        self._logged[key] = None
        if len(self._logged) > _MAX_ADDRESSES:
            del self._logged[next(iter(self._logged))]
