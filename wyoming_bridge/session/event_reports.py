"""Reports the events of one session, in order, and logs those that are worth a line."""

from collections.abc import Callable

from ..events import SessionEvent
from ..providers.contract import ClientProtocol
from .event_log import log_event
from .time_shift import shift_times

__all__ = ["EventReports"]


class EventReports:
    """Takes the events of a client, and passes them to a function."""

    def __init__(
        self,
        client: ClientProtocol,
        *,
        provider: str,
        on_event: Callable[[SessionEvent], None],
        begins_at_ms: int,
    ) -> None:
        """Report nothing yet.

        ``on_event`` is called with each event. The client's times count from the session's first
        audio, and those of the reported events from the utterance's, which is ``begins_at_ms``
        earlier.
        """
        self._client = client
        self._provider = provider
        self._on_event = on_event
        self._begins_at_ms = begins_at_ms
        self._is_reporting = False

    def report(self) -> None:
        """Report the client's events in order.

        ``on_event`` may call a method of the session, which calls ``report`` again. This inner call
        does nothing. The outer call reports the new events after the queued ones.
        """
        if self._is_reporting:
            return
        self._is_reporting = True
        try:
            while events := self._client.events_received():
                for event in events:
                    log_event(event, provider=self._provider)
                    self._on_event(shift_times(event, by_ms=self._begins_at_ms))
        finally:
            self._is_reporting = False
