"""One utterance: from its first audio to exactly one result."""

from .answer_time import AnswerTime
from .budget import Budget
from .candidate import Candidate, SessionFactory
from .circuit_breaker import CircuitBreaker
from .interpretation import MAX_SCORED_BYTES, Interpretation, Interpreter
from .limits import Limits
from .observer import Observer
from .opening_time import OpeningTime
from .request import (
    DEFAULT_OPTIONS,
    Purpose,
    RequestOptions,
    Understands,
    Via,
    log_label,
    new_utterance_id,
)
from .result import Result, Revision, Segment, SpeakerText, Timing
from .text_style import TextStyle
from .utterance import Utterance

__all__ = [
    "DEFAULT_OPTIONS",
    "MAX_SCORED_BYTES",
    "AnswerTime",
    "Budget",
    "Candidate",
    "CircuitBreaker",
    "Interpretation",
    "Interpreter",
    "Limits",
    "Observer",
    "OpeningTime",
    "Purpose",
    "RequestOptions",
    "Result",
    "Revision",
    "Segment",
    "SessionFactory",
    "SpeakerText",
    "TextStyle",
    "Timing",
    "Understands",
    "Utterance",
    "Via",
    "log_label",
    "new_utterance_id",
]
