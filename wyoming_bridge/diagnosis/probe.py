"""Whether a service can be used at this moment, found out for nothing."""

from ..app.backends import Backends
from ..config import Profile

__all__ = ["probe"]


async def probe(backends: Backends, profile: Profile) -> None:
    """Open a session until the service takes audio, then close it: no audio is sent, none paid.

    Raises:
        BridgeError: The service cannot be reached, or refuses the session; the error says why.
    """
    async with backends.new_probe(profile) as utterance:
        utterance.connect()
        await utterance.result()
