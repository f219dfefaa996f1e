"""Records the last utterances: what happened in them, and their audio."""

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .new_utterance import NewUtterance, Observe
    from .recorder import Recorder
    from .recording import Recording
    from .settings import RecorderSettings
    from .store import Kept, Store
    from .trace import Trace
    from .trace_event import EventKind, TracedFrame, TraceEvent

__all__ = [
    "EventKind",
    "Kept",
    "NewUtterance",
    "Observe",
    "Recorder",
    "RecorderSettings",
    "Recording",
    "Store",
    "Trace",
    "TraceEvent",
    "TracedFrame",
]

_HOMES = {
    "recorder": "Recorder",
    "recording": "Recording",
    "settings": "RecorderSettings",
    "store": "Kept Store",
    "trace": "Trace",
    "trace_event": "EventKind TraceEvent TracedFrame",
    "new_utterance": "Observe NewUtterance",
}

__getattr__ = lazy_names(__name__, _HOMES)
