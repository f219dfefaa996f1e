"""One spoken command: audio goes in, revisions and one result come out."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from ..audio import AudioFormat
from ..endpointing import DetectorFactory, Endpointing, new_detector
from ..errors import LifecycleError
from .candidate import Candidate
from .execution import Execution
from .observed import DetailedRecognition, ObservedRecognition
from .observer import Observer
from .recognition import Recognition
from .request import Purpose
from .result import Result, Revision
from .text_style import TextStyle
from .updates import Updates

__all__ = ["Utterance"]


class Utterance:
    """One spoken command. Use it with ``async with``: the end of the block ends all sessions."""

    def __init__(
        self,
        *,
        candidates: Sequence[Candidate],
        source: AudioFormat,
        endpointing: Endpointing,
        text_style: TextStyle = TextStyle.AS_IS,
        purpose: Purpose = Purpose.SPEECH,
        new_detector: DetectorFactory = new_detector,
        observers: Sequence[Observer] = (),
    ) -> None:
        """Create an utterance without audio. The candidates after the first are fallbacks.

        Raises:
            DependencyError: The detector needs a library that is not installed.
        """
        detailed = [each for each in observers if each.wants_details]
        observed = DetailedRecognition if detailed else ObservedRecognition
        new_recognition = (
            partial(observed, observers=tuple(observers)) if observers else Recognition
        )
        service_ends = all(candidate.ends_turns for candidate in candidates)
        detects = purpose is Purpose.SPEECH and endpointing.needs_detector(
            provider_ends_turns=service_ends
        )
        threshold = endpointing.speech_threshold
        self._recognition = new_recognition(
            candidates=candidates,
            source=source,
            endpointing=endpointing,
            detector=new_detector(speech_threshold=threshold) if detects else None,
            text_style=text_style,
            purpose=purpose,
        )
        self._loop = asyncio.get_running_loop()
        self._updates = Updates()
        self._execution = Execution(
            self._recognition,
            updates=self._updates,
            label=candidates[0].label,
            interpret_s=candidates[0].limits.interpret_s,
            observers=detailed,
        )

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
        return self._recognition.can_be_congested and self._recognition.is_congested(
            unsent_bytes=self._execution.unsent_bytes
        )

    @property
    def takes_audio(self) -> bool:
        """Whether more audio may still change the result."""
        return self._recognition.phase.takes_audio

    @property
    def wants_audio_now(self) -> bool:
        """Whether the next audio may end the utterance, so that it should be fed at once."""
        return self._recognition.wants_audio_now

    # The input.

    def connect(self) -> None:
        """Open a session now, without audio, for a stream or a probe."""
        self._recognition.connect(now=self._loop.time())
        self._execution.run()

    def feed(self, audio: bytes) -> None:
        """Accept any amount of audio in the source's format. After the end, audio is ignored."""
        self._recognition.feed(audio, now=self._loop.time())
        self._execution.run(after_audio=True)

    def finish(self) -> None:
        """End the audio; the result follows. A second call has no effect."""
        self._recognition.audio_ended(now=self._loop.time())
        self._execution.run()

    def fail(self, error: Exception) -> None:
        """End the utterance with this error, unless the outcome is known."""
        self._recognition.give_up(error)
        self._execution.run()

    async def hear(self, audio: AsyncIterable[bytes]) -> None:
        """Feed all audio of a source, then finish. If the source raises, the utterance fails."""
        self._recognition.expect_audio(now=self._loop.time())
        self._execution.run()
        try:
            async for chunk in audio:
                self.feed(chunk)
                await self.drain()
        except Exception as error:  # noqa: BLE001 - the readers of the updates get it
            self.fail(error)
        else:
            self.finish()

    async def drain(self) -> None:
        """Wait until ``congested`` is False: the service got audio, or needs no more of it."""
        if not self.congested:
            return
        self._recognition.source_paused(now=self._loop.time())
        self._execution.run()
        try:
            while self.congested:
                await self._execution.wait_for_room()
        finally:
            self._recognition.source_resumed(now=self._loop.time())
            self._execution.run()

    # The output.

    def updates(self) -> AsyncGenerator[Revision | Result, None]:
        """Yield the transcript each time it changes, then the result, to any number of readers.

        Raises:
            BridgeError: There is no result; the error says why.
            Exception: The source of ``hear`` raised it, or a session broke unexpectedly.
        """
        return self._updates.read()

    async def revisions(self) -> AsyncIterator[Revision]:
        """Yield only the revisions. The iterator ends without an error after the last one."""
        updates = self.updates()
        try:
            async for update in updates:
                if isinstance(update, Revision):
                    yield update
        except Exception:  # noqa: BLE001 - ``result`` and ``updates`` raise the error
            return
        finally:
            await updates.aclose()

    async def result(self) -> Result:
        """Wait for the result.

        Raises:
            BridgeError: There is no result; the error says why.
            Exception: The source of ``hear`` raised it, or a session broke unexpectedly.
        """
        return await self._updates.result()

    async def close(self) -> None:
        """End all sessions now, and wait until they are closed. A second call has no effect."""
        self.fail(LifecycleError("the utterance was closed before it had a result"))
        await self._execution.stop()
