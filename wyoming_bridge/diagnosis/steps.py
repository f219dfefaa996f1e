"""The steps that a check reports."""

from dataclasses import dataclass
from enum import StrEnum

from ..errors import BridgeError

__all__ = ["CheckOutcome", "Step", "StepName"]


class StepName(StrEnum):
    """What a step tests, in the order of the steps.

    ``language`` follows ``service`` if several servers with different languages speak the protocol.
    """

    HOUSE = "house"
    """The names of the house can be read. This step belongs to no profile."""
    LOCAL = "local"
    """The local realtime server starts, if the profile uses it."""
    LANGUAGE = "language"
    """The service is known to support the language."""
    ADDRESS = "address"
    """The service's host name is resolved."""
    PORT = "port"
    """One of the host's addresses accepts a TCP connection."""
    TLS = "tls"
    """The service's certificate is trusted; only if the connection is encrypted."""
    WEBSOCKET = "websocket"
    """The websocket opens. Most services check the token here."""
    SERVICE = "service"
    """The service is ready for audio. The other services check the token here."""
    SPEECH = "speech"
    """The service answers after it has received one second of a synthetic voice."""


class CheckOutcome(StrEnum):
    """The outcome of a step."""

    OK = "ok"
    HINT = "hint"
    """The step succeeded, and there is something that the user should know."""
    SKIPPED = "skipped"
    """The step could not be tested. Later steps show whether the connection works."""
    WAITING = "waiting"
    """The step is in progress. The same step is reported again when it ends."""
    FAILED = "failed"
    """The step failed; it is the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a check. It contains no secrets."""

    name: StepName
    outcome: CheckOutcome
    duration_ms: float
    """Duration of the step, up to now if it is in progress."""
    text: str
    """What was found, for the user."""
    error: BridgeError | None = None
    """Why the step failed; None otherwise."""
