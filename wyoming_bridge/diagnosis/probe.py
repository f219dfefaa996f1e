"""Tests whether a service can be used now, at no cost."""

from ..app.backends import Backends
from ..config import Profile
from ..events import SessionEvent, SessionStarted
from .session_watcher import SessionWatcher

__all__ = ["probe"]


async def probe(backends: Backends, profile: Profile) -> SessionStarted:
    """Open a session, wait until the service is ready for audio, and close it.

    A probe sends no audio, so it costs nothing. Return what the session reported about the server.

    Raises:
        BridgeError: The service cannot be reached or refuses the session; the error says why.
    """
    reported = SessionStarted()

    def watch(event: SessionEvent) -> None:
        nonlocal reported
        if isinstance(event, SessionStarted):
            reported = event

    async with backends.new_probe(profile, SessionWatcher(watch)) as utterance:
        utterance.connect()
        await utterance.result()
    return reported
