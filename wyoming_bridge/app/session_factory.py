"""Creates the sessions of a profile."""

from collections.abc import Callable

from ..events import SessionEvent
from ..providers.registry import new_client
from ..providers.settings import Settings
from ..session import Connector, OnMessage, RealtimeSession, WatchedConnector
from ..transcriber import SessionFactory

__all__ = ["session_factory"]


def session_factory(
    settings: Settings, *, provider: str, connector: Connector, source_url: str | None
) -> SessionFactory:
    """Return a factory for sessions with these settings.

    With ``source_url``, the service fetches the audio stream from this URL itself.
    """

    def new_session(
        on_event: Callable[[SessionEvent], None],
        *,
        on_sent: Callable[[], None] = lambda: None,
        begins_at_ms: int = 0,
        on_message: OnMessage | None = None,
    ) -> RealtimeSession:
        return RealtimeSession(
            client=new_client(settings, source_url=source_url),
            connector=WatchedConnector(connector, on_message) if on_message else connector,
            provider=provider,
            on_event=on_event,
            on_sent=on_sent,
            begins_at_ms=begins_at_ms,
        )

    return new_session
