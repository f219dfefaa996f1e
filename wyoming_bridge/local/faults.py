"""Faults that the server can be told to have, so that tests can meet them on a real socket."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Fault", "FaultKind"]


class FaultKind(StrEnum):
    """What goes wrong."""

    REFUSE = "refuse"
    """The upgrade is answered with HTTP 503."""
    SILENT = "silent"
    """Messages are taken and none is sent any more."""
    CLOSE = "close"
    """The websocket is closed with code 1011."""
    RESET = "reset"
    """The connection is cut without a word."""
    ERROR = "error"
    """The service says that it failed, in its own way."""
    RUBBISH = "rubbish"
    """A message is sent that no protocol knows how to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault and when it happens; every session has it."""

    kind: FaultKind
    code: str = ""
    """Of an ``ERROR``: the service's own name for it, where it has names."""
    after_audio_ms: float = 0
    """How much of the client's audio is taken before; 0: as soon as the socket is open."""
