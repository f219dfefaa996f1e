"""What a check reports: one step after the other."""

from dataclasses import dataclass
from enum import StrEnum

from ..errors import BridgeError

__all__ = ["CheckOutcome", "Step", "StepName"]


class StepName(StrEnum):
    """What is tried, in this order."""

    LOCAL = "local"
    """The local realtime server is started; of a profile that uses it."""
    LANGUAGE = "language"
    """The language is looked up among those that the service is known to serve."""
    ADDRESS = "address"
    """The service's host name is resolved."""
    PORT = "port"
    """A connection is made to one of its addresses."""
    TLS = "tls"
    """The service shows its certificate; only where the address is encrypted."""
    WEBSOCKET = "websocket"
    """The websocket is opened; most services look at the token here."""
    SERVICE = "service"
    """The service is waited for until it takes audio; the others look at the token here."""
    SPEECH = "speech"
    """A second of a voice is sent, and the answer awaited."""


class CheckOutcome(StrEnum):
    """How it went."""

    OK = "ok"
    HINT = "hint"
    """It works, and there is something to know."""
    SKIPPED = "skipped"
    """It could not be tried; the next steps tell more."""
    WAITING = "waiting"
    """It is not over; the same step follows again."""
    FAILED = "failed"
    """It does not work; no step follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was tried. Nothing in it is secret."""

    name: StepName
    outcome: CheckOutcome
    duration_ms: float
    """How long it took; while it is waited for, how long so far."""
    text: str
    """What was found, for a person."""
    error: BridgeError | None = None
    """Why it failed; none otherwise."""
