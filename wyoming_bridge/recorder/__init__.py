"""Records the last utterances: what happened in them, and their audio."""

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .recorder import Recorder
    from .recording import Recording
    from .settings import RecorderSettings
    from .store import Kept, Store
    from .trace import Trace
    from .trace_event import EventKind, TracedFrame, TraceEvent
    from .trace_of import Observe, TraceOf

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

_HOMES = {
    "recorder": "Recorder",
    "recording": "Recording",
    "settings": "RecorderSettings",
    "store": "Kept Store",
    "trace": "Trace",
    "trace_event": "EventKind TraceEvent TracedFrame",
    "trace_of": "Observe TraceOf",
}

__getattr__ = lazy_names(__name__, _HOMES)
