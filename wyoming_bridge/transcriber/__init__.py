"""One utterance: from its first audio to exactly one result."""

from .limits import Limits
from .result import Result, Revision, Timing
from .stream import follow_stream
from .utterance import SessionFactory, Utterance

__all__ = [
    "Limits",
    "Result",
    "Revision",
    "SessionFactory",
    "Timing",
    "Utterance",
    "follow_stream",
]
