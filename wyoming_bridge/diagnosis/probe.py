"""Tests whether a service can be used now, at no cost."""

from ..app.backends import Backends
from ..config import Profile

__all__ = ["probe"]


async def probe(backends: Backends, profile: Profile) -> None:
    """Open a session, wait until the service is ready for audio, and close it.

    A probe sends no audio, so it costs nothing.

    Raises:
        BridgeError: The service cannot be reached or refuses the session; the error says why.
    """
    async with backends.new_probe(profile) as utterance:
        utterance.connect()
        await utterance.result()
