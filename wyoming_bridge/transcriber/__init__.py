"""One utterance: from its first audio to exactly one result."""

from .budget import Budget
from .candidate import Candidate, SessionFactory
from .endpointing import RECORDING, Endpointing, Opening, Sensitivity, Who
from .limits import Limits
from .result import Result, Revision, Timing
from .standing import Standing
from .stream import follow_stream
from .turn import Ending
from .utterance import Utterance
from .wanted import ANYTHING, Wanted
from .wording import Wording

__all__ = [
    "ANYTHING",
    "RECORDING",
    "Budget",
    "Candidate",
    "Ending",
    "Endpointing",
    "Limits",
    "Opening",
    "Result",
    "Revision",
    "Sensitivity",
    "SessionFactory",
    "Standing",
    "Timing",
    "Utterance",
    "Wanted",
    "Who",
    "Wording",
    "follow_stream",
]
