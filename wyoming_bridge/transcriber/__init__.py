"""One utterance: from its first audio to exactly one result."""

from .result import Result, Revision, Timing
from .utterance import Limits, Utterance

__all__ = ["Limits", "Result", "Revision", "Timing", "Utterance"]
