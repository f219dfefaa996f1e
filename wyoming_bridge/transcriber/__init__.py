"""One utterance: from its first audio to exactly one result."""

from .budget import Budget
from .candidate import Candidate, SessionFactory
from .circuit_breaker import CircuitBreaker
from .limits import Limits
from .request import DEFAULT_OPTIONS, Purpose, RequestOptions
from .result import Result, Revision, Segment, Timing
from .text_style import TextStyle
from .utterance import Utterance

__all__ = [
    "DEFAULT_OPTIONS",
    "Budget",
    "Candidate",
    "CircuitBreaker",
    "Limits",
    "Purpose",
    "RequestOptions",
    "Result",
    "Revision",
    "Segment",
    "SessionFactory",
    "TextStyle",
    "Timing",
    "Utterance",
]
