"""A stream that the service fetches itself: no audio passes through us, only what is heard."""

import asyncio
from collections.abc import AsyncGenerator

from ..errors import ConnectionLostError
from ..events import Failed, FinalText, Finished, SessionEvent, SessionStarted
from .candidate import SessionFactory
from .limits import Limits, not_ready
from .result import Result, Revision
from .stopwatch import Stopwatch
from .transcript import Transcript

__all__ = ["follow_stream"]


async def follow_stream(
    new_session: SessionFactory, *, profile: str, provider: str, limits: Limits
) -> AsyncGenerator[Revision | Result, None]:
    """Revisions as the stream goes on, then one result at its end.

    Closing the generator ends the session.

    Raises:
        BridgeError: There is no result; the error says why.
    """
    stopwatch = Stopwatch()
    stopwatch.note("began")
    ready_by = asyncio.get_running_loop().time() + limits.ready_s
    events: asyncio.Queue[SessionEvent | None] = asyncio.Queue()
    session = new_session(events.put_nowait)
    session.finish()  # nothing comes from us: what is awaited is the end
    run = asyncio.create_task(session.run(), name=f"stream {profile}")
    run.add_done_callback(lambda _: events.put_nowait(None))
    transcript = Transcript()
    is_ready = False
    audio_ms = 0
    try:
        while True:
            try:
                async with asyncio.timeout_at(None if is_ready else ready_by):
                    event = await events.get()
            except TimeoutError as err:
                raise not_ready(session.state, limits=limits, provider=provider) from err
            match event:
                case SessionStarted():
                    is_ready = True
                    stopwatch.note("ready")
                case Failed(error=error):
                    raise error
                case Finished():
                    break
                case None:
                    await run  # raises what broke it
                    raise ConnectionLostError(
                        "the session ended without a result", provider=provider
                    )
                case _:
                    if isinstance(event, FinalText):
                        audio_ms = max(audio_ms, event.end_ms or 0)
                    if transcript.take(event):
                        stopwatch.note("heard")
                        yield Revision(text=transcript.text, settled=transcript.settled)
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    yield Result(
        text=transcript.text,
        words=transcript.words,
        language=transcript.language,
        complete=not transcript.has_open_partial,
        profile=profile,
        provider=provider,
        timing=stopwatch.timing(audio_ms=audio_ms, spoken_until_ms=None),
    )
