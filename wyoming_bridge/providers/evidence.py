"""Where a claim about a service is from, and how sure it is."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Evidence", "Source", "documented", "observed", "unstated"]


class Evidence(StrEnum):
    """How sure a claim is."""

    DOCUMENTED = "documented"
    """The service's own pages, or its own client library, say so."""
    OBSERVED = "observed"
    """The service was seen to do so; nothing says that it always will."""
    UNSTATED = "not stated"
    """Nothing is said about it; it is what the bridge goes by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one claim rests on."""

    evidence: Evidence
    where: str
    """What says so, and in which words; the end of a sentence."""


def documented(where: str) -> Source:
    """The service says so there."""
    return Source(evidence=Evidence.DOCUMENTED, where=where)


def observed(where: str) -> Source:
    """It was seen there."""
    return Source(evidence=Evidence.OBSERVED, where=where)


def unstated(where: str) -> Source:
    """Nothing says so; this is what was looked at."""
    return Source(evidence=Evidence.UNSTATED, where=where)
