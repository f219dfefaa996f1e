"""The stages of a client's utterance, as its handler sees them."""

from enum import StrEnum

__all__ = ["Phase"]


class Phase(StrEnum):
    """The stage of the client's utterance."""

    IDLE = "idle"
    """There is no utterance."""
    REQUESTED = "requested"
    """The client has sent ``transcribe``. Its audio has not begun."""
    STREAMING = "streaming"
    """The client sends audio."""
    ANSWERING = "answering"
    """The audio has ended. The answer has not been sent."""
    DRAINING = "draining"
    """The answer has been sent. The audio has not ended."""
    REFUSED = "refused"
    """The request was refused. Its audio has not begun."""
