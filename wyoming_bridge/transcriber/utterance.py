"""The utterance: audio in, revisions out while it lasts, then one result or one error.

It owns every deadline. It opens the session with the first audio and buffers until the service
is ready, so that the handshake hides behind speech and an utterance without audio costs nothing.
"""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable
from types import TracebackType
from typing import Final, Self

from ..audio import AudioFormat, Converter
from ..errors import (
    ConnectionLostError,
    FinalTimeoutError,
    LifecycleError,
)
from ..events import Failed, Finished, SessionEvent, SessionStarted
from ..providers.contract import SERVICE_FORMAT
from ..session import RealtimeSession
from .batch import Batcher
from .limits import Limits, not_ready
from .result import Result, Revision, Timing
from .transcript import Transcript

__all__ = ["SessionFactory", "Utterance"]

SessionFactory = Callable[[Callable[[SessionEvent], None]], RealtimeSession]
"""Makes a session that reports to the given listener."""

_log = logging.getLogger(__name__)

_MAX_WAITING_BYTES: Final = SERVICE_FORMAT.bytes_of(20_000)
"""What may wait for a slow service before the source is slowed. What comes in the 15 s that a
connect may take fits in, as base64 too."""


class Utterance:
    """One spoken command. Use as a context manager: leaving it ends the session at once."""

    def __init__(
        self,
        *,
        new_session: SessionFactory,
        source: AudioFormat,
        profile: str,
        provider: str,
        limits: Limits,
    ) -> None:
        self._new_session = new_session
        self._profile = profile
        self._provider = provider
        self._limits = limits
        self._source = source
        self._converter = Converter(source=source, target=SERVICE_FORMAT)
        self._batcher = Batcher()
        self._transcript = Transcript()
        self._loop = asyncio.get_running_loop()
        self._session: RealtimeSession | None = None
        self._run: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._audio_bytes = 0
        self._fed_at = 0.0
        self._times: dict[str, float] = {}
        # Each is set when its thing has happened, or cannot happen any more.
        self._ready = asyncio.Event()
        self._ended = asyncio.Event()
        self._over = asyncio.Event()
        self._revised = asyncio.Event()
        self._result: asyncio.Future[Result] = self._loop.create_future()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def congested(self) -> bool:
        """Whether the source should wait (``drain``) before it feeds more."""
        if self._session is None or self._over.is_set():
            return False
        return self._session.waiting_bytes > _MAX_WAITING_BYTES

    async def hear(self, audio: AsyncIterable[bytes]) -> None:
        """Feed all audio of a source, then finish. What the source raises fails the utterance."""
        try:
            async for chunk in audio:
                self.feed(chunk)
                await self.drain()
        except Exception as error:  # noqa: BLE001 - handed on to whoever awaits the result
            self.fail(error)
        else:
            self.finish()

    def feed(self, audio: bytes) -> None:
        """Take audio in the source's format, any amount. After the end it is passed over."""
        if self._ended.is_set() or not audio:
            return
        self._audio_bytes += len(audio)
        self._fed_at = self._loop.time()
        self._send(self._converter.convert(audio))

    def finish(self) -> None:
        """The audio has ended; the result follows. Finishing twice is allowed."""
        if self._ended.is_set():
            return
        self._send(self._converter.flush())
        self._note("ended")
        self._ended.set()
        if self._session is None:
            self._result.set_result(self._put_together(complete=True))
            self._revised.set()
        elif not self._over.is_set():
            for batch in self._batcher.take():
                self._session.send_audio(batch)
            self._session.finish()

    def fail(self, error: Exception) -> None:
        """The source of the audio failed: this error is what ``result`` raises."""
        self._fail(error)
        if self._session is None:
            self._leave()

    async def drain(self) -> None:
        """Wait until the service has taken what waits, down to what may wait."""
        while self._session and self.congested:
            await self._ready.wait()
            try:
                async with asyncio.timeout(self._limits.stall_s):
                    await self._session.sent()
            except TimeoutError:
                self._fail(
                    ConnectionLostError(
                        f"the service took no audio for {self._limits.stall_s:g} s",
                        provider=self._provider,
                    )
                )

    async def revisions(self) -> AsyncIterator[Revision]:
        """The transcript each time it changes; a slow reader gets the newest. Ends with it."""
        last: Revision | None = None
        while True:
            await self._revised.wait()
            self._revised.clear()
            if self._result.done():
                self._revised.set()  # for whoever asks again
                return
            revision = self._transcript.revision()
            if revision != last:
                last = revision
                yield revision

    async def result(self) -> Result:
        """Wait for the result.

        Raises:
            BridgeError: There is none; the error says why.
        """
        await asyncio.wait([self._result])  # not the future itself: cancelling would reach it
        return self._result.result()

    async def close(self) -> None:
        """End the session at once, whatever is still to come. Closing twice is allowed."""
        self._end_all()
        self._leave()
        if self._run:
            self._run.cancel()
            await asyncio.gather(self._run, return_exceptions=True)

    def _send(self, pcm: bytes) -> None:
        if not pcm or self._over.is_set():
            return
        if self._session is None:
            self._note("began")
            self._session = self._new_session(self._on_event)
            self._run = asyncio.create_task(
                self._supervise(self._session), name=f"utterance {self._profile}"
            )
        for batch in self._batcher.add(pcm):
            self._session.send_audio(batch)

    async def _supervise(self, session: RealtimeSession) -> None:
        """Run the session under its deadlines, and make the result of it."""
        run = asyncio.create_task(session.run(), name=f"session {self._profile}")
        run.add_done_callback(self._on_session_done)
        try:
            result = await self._outcome()
        except Exception as error:  # noqa: BLE001 - handed on to whoever awaits the result
            self._result.set_exception(error)
        else:
            self._result.set_result(result)
        finally:
            self._end_all()
            self._leave()
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)

    async def _outcome(self) -> Result:
        limits = self._limits
        try:
            async with asyncio.timeout(limits.ready_s):
                await self._ready.wait()
        except TimeoutError as err:
            state = self._session.state if self._session else None
            raise not_ready(state, limits=limits, provider=self._provider) from err
        await self._audio_ended()
        try:
            async with asyncio.timeout(limits.final_s + self._ahead_of_speech_s()):
                await self._over.wait()
        except TimeoutError as err:
            if not self._transcript.text:
                raise FinalTimeoutError(
                    f"no transcript came within {limits.final_s:g} s after the audio",
                    provider=self._provider,
                ) from err
            return self._put_together(complete=False)
        if self._failure:
            raise self._failure
        return self._put_together(complete=not self._transcript.has_open_partial)

    async def _audio_ended(self) -> None:
        """Wait for the end of the audio; audio that stays away for too long has ended."""
        while not self._ended.is_set():
            try:
                async with asyncio.timeout_at(self._fed_at + self._limits.idle_s):
                    await self._ended.wait()
            except TimeoutError:
                if self.congested:  # it is kept waiting by us
                    self._fed_at = self._loop.time()
                elif self._loop.time() >= self._fed_at + self._limits.idle_s:
                    self.finish()

    def _ahead_of_speech_s(self) -> float:
        """By how much the audio came faster than it was spoken: the service may need the time."""
        spoken_s = self._source.duration_ms(self._audio_bytes) / 1000
        return max(0.0, spoken_s - (self._loop.time() - self._times["began"]))

    def _on_event(self, event: SessionEvent) -> None:
        if self._transcript.take(event):
            self._revised.set()
            if self._transcript.text:
                self._note("heard")
        match event:
            case SessionStarted():
                self._note("ready")
                self._ready.set()
            case Finished():
                self._end_all()
            case Failed(error=error):
                self._fail(error)
            case _:
                pass

    def _on_session_done(self, run: asyncio.Task[None]) -> None:
        """A session that stopped without having said how it ended."""
        error = None if run.cancelled() else run.exception()
        if error:
            _log.error("the session of %s broke", self._profile, exc_info=error)
        if not self._over.is_set():
            self._failure = error or ConnectionLostError(
                "the session ended without a result", provider=self._provider
            )
        self._end_all()

    def _fail(self, error: Exception) -> None:
        self._failure = self._failure or error
        self._end_all()

    def _end_all(self) -> None:
        """Nothing more will happen."""
        self._over.set()
        self._ready.set()
        self._ended.set()

    def _leave(self) -> None:
        """Nobody waits for ever: where there is no result by now, there is none."""
        if not self._result.done():
            self._result.set_exception(
                self._failure
                or LifecycleError("the utterance was left before its end", provider=self._provider)
            )
        self._result.exception()  # whoever leaves without having asked does not want it
        self._revised.set()

    def _note(self, what: str) -> None:
        """Remember when something happened first."""
        self._times.setdefault(what, self._loop.time())

    def _put_together(self, *, complete: bool) -> Result:
        now = self._loop.time()
        began = self._times.get("began", now)

        def since_began(what: str) -> float | None:
            return (self._times[what] - began) * 1000 if what in self._times else None

        return Result(
            text=self._transcript.text,
            words=self._transcript.words,
            language=self._transcript.language,
            complete=complete,
            profile=self._profile,
            provider=self._provider,
            timing=Timing(
                audio_ms=self._source.duration_ms(self._audio_bytes),
                ready_ms=since_began("ready"),
                first_text_ms=since_began("heard"),
                final_ms=(now - self._times["ended"]) * 1000 if "ended" in self._times else None,
                total_ms=(now - began) * 1000,
            ),
        )
