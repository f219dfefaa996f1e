"""Whether a service can be used at this moment, found out for nothing."""

import asyncio

from ..app.backends import Backends
from ..config import Profile
from ..events import Failed, SessionEvent, SessionStarted
from ..transcriber.limits import not_ready

__all__ = ["probe"]


async def probe(backends: Backends, profile: Profile) -> None:
    """Open a session until the service takes audio, then close it: no audio is sent, none paid.

    Raises:
        BridgeError: The service cannot be reached, or does not want us; the error says why.
    """
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(event: SessionEvent) -> None:
        if ready.done():
            return
        match event:
            case SessionStarted():
                ready.set_result(None)
            case Failed(error=error):
                ready.set_exception(error)
            case _:
                pass

    session = backends.new_session(profile, take)
    running = asyncio.create_task(session.run(), name=f"probe {profile.name}")
    try:
        async with asyncio.timeout(profile.limits.ready_s):
            await ready
    except TimeoutError as err:
        raise not_ready(session.state, limits=profile.limits, provider=profile.provider) from err
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
