"""Counts and logs the clients that are refused, and those that are disconnected to make room."""

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from .quiet_log import QuietLog

__all__ = ["Refusal", "Refusals"]


class Refusal(StrEnum):
    """Why a client was refused or lost its place."""

    FULL = "full"
    """Other clients with utterances have all places."""
    LATE = "late"
    """The client's utterance lost its place to a new client, because its audio was late."""
    DISPLACED = "displaced"
    """The client had no utterance, and lost its place to a new client."""
    SILENT = "silent"
    """The client sent no allowed event in time."""
    ENTRANCE = "entrance"
    """The PROXY header or the TLS handshake failed."""
    ACCESS = "access"
    """The client's address or proof is not allowed. The client stays connected, and each request
    that it sends counts."""


_LINES: Final[Mapping[Refusal, str]] = {
    Refusal.FULL: "max %d concurrent clients reached",
    Refusal.LATE: "an utterance whose audio is late makes room for another client",
    Refusal.DISPLACED: "disconnected a client without an utterance to admit another one",
    Refusal.SILENT: "disconnected a client that sent no allowed event in time",
    Refusal.ENTRANCE: "refused a connection from %s: %s",
}
"""The line in the log. ``AccessLog`` logs the refusals for ``ACCESS``."""


class Refusals:
    """The refusals of one bridge since its start."""

    def __init__(self, log: QuietLog) -> None:
        self._log = log
        self._counts = dict.fromkeys(Refusal, 0)

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of refusals for each reason."""
        return {reason.value: count for reason, count in self._counts.items()}

    def note(self, reason: Refusal, *values: object) -> None:
        """Count and log a refusal. ``values`` are the arguments of the log line."""
        self._counts[reason] += 1
        if reason in _LINES:
            self._log.log(logging.INFO, _LINES[reason], *values)
