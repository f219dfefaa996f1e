"""Records the last utterances: what happened in them, and their audio."""

from .recorder import Observe, Recorder, TraceOf
from .recording import Recording
from .settings import RecorderSettings
from .store import Kept, Store
from .trace import EventKind, Trace, TracedFrame, TraceEvent

__all__ = [
    "EventKind",
    "Kept",
    "Observe",
    "Recorder",
    "RecorderSettings",
    "Recording",
    "Store",
    "Trace",
    "TraceEvent",
    "TraceOf",
    "TracedFrame",
]
