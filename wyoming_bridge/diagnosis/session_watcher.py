"""An observer of the events of a session, for utterances that have only one session."""

from collections.abc import Callable

from ..events import SessionEvent
from ..transcriber import Observer

__all__ = ["SessionWatcher"]


class SessionWatcher(Observer):
    """Passes the events of the session to a function."""

    def __init__(self, watch: Callable[[SessionEvent], None]) -> None:
        self._watch = watch

    def session_reported(self, attempt: int, event: SessionEvent) -> None:  # noqa: ARG002 - there is one session
        """Pass on the event."""
        self._watch(event)
