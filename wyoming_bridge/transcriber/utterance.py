"""The utterance: audio in, revisions out while it lasts, then one result or one error.

It decides when it is over. The session is opened with the first audio, or with the first speech;
an utterance without audio costs nothing.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Final, Self

from ..audio import PCM_16K_MONO, AudioFormat, Converter
from ..endpointing import VoiceDetector, new_detector
from ..endpointing.settings import ConnectPolicy, Endpointing
from ..endpointing.turn import Ending, Turn
from ..errors import BridgeError, LifecycleError
from ..events import FinalText, PartialText, SessionEvent, SessionStarted
from .candidate import Candidate
from .failover import Failover
from .outcome import Outcome
from .replay_buffer import BATCH_BYTES, ReplayBuffer, offset_at
from .result import Result, Revision
from .stopwatch import Stopwatch
from .text_style import TextStyle, styled, styled_prefix
from .transcript import Transcript

__all__ = ["Utterance"]

_MAX_WAITING_BYTES: Final = PCM_16K_MONO.bytes_of(20_000)
"""What may wait for a slow service before the source is slowed. What comes in the 15 s that a
connect may take fits in, as base64 too."""

_BEFORE_SPEECH_MS: Final = 500
"""What is sent of the time before somebody speaks: a detector misses the breath and the "h"."""

_KEPT_BYTES: Final = PCM_16K_MONO.bytes_of(2000)
"""Kept until somebody speaks, which is found up to a second after it began."""


class Utterance:
    """One spoken command. Use as a context manager: leaving it ends the session at once."""

    def __init__(
        self,
        *,
        candidates: Sequence[Candidate],
        source: AudioFormat,
        endpointing: Endpointing,
        text_style: TextStyle = TextStyle.AS_IS,
        new_detector: Callable[[], VoiceDetector] = new_detector,
    ) -> None:
        """Prepare; the candidates after the first are asked where those before them failed."""
        self._candidates = candidates
        self._source = source
        self._endpointing = endpointing
        self._text_style = text_style
        self._limits = candidates[0].limits
        self._converter = Converter(source=source, target=PCM_16K_MONO)
        self._replay_buffer = ReplayBuffer()
        all_end_turns = all(candidate.ends_turns for candidate in candidates)
        listens = endpointing.needs_detector(provider_ends_turns=all_end_turns)
        self._turn = Turn(endpointing, detector=new_detector() if listens else None)
        self._longest = 0
        self._failover = Failover(
            candidates, replay_buffer=self._replay_buffer, on_event=self._on_event
        )
        self._work: asyncio.Task[None] | None = None  # none before anybody is asked
        self._ending: Ending | None = None
        self._ended_ms: int | None = None
        self._audio_bytes = 0
        self._fed_at = 0.0
        self._loop = asyncio.get_running_loop()
        self._stopwatch = Stopwatch()
        self._idle_check: asyncio.TimerHandle | None = None
        self._ready = asyncio.Event()  # the service is, or never will be
        self._outcome = Outcome()

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
        # As base64 too, less than twice the audio can wait: a short command needs no closer look.
        if 2 * self._replay_buffer.end <= _MAX_WAITING_BYTES or self._outcome.is_known:
            return False
        return self._failover.delivery.waiting_bytes > _MAX_WAITING_BYTES

    @property
    def wants_audio_now(self) -> bool:
        """Whether the source should not let audio gather: what comes next may be the end."""
        return not self._ending and self._turn.wants_audio_now

    async def hear(self, audio: AsyncIterable[bytes]) -> None:
        """Feed all audio of a source, then finish. What the source raises fails the utterance."""
        self._expect_audio()
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
        if self._ending or not audio:
            return
        if not self._audio_bytes:
            self._stopwatch.note("began")
        self._audio_bytes += len(audio)
        self._expect_audio()
        self._take(self._converter.convert(audio))

    def _expect_audio(self) -> None:
        """From now on more of it is awaited, for as long as it may stay away."""
        self._fed_at = self._loop.time()
        if self._idle_check is None:
            self._look_for_audio()

    def finish(self) -> None:
        """The audio has ended; the result follows. Finishing twice is allowed."""
        if not self._ending:
            self._take(self._converter.flush())
            self._end(Ending.CLIENT)

    def fail(self, error: Exception) -> None:
        """No result will come: unless it is there, ``result`` raises this error."""
        if not self._outcome.is_known:
            self._outcome.fail(error)
            self._stop()

    async def drain(self) -> None:
        """Wait until the service has taken what waits, down to what may wait."""
        while self.congested:
            await self._ready.wait()
            await self._failover.delivery.sent()

    def revisions(self) -> AsyncIterator[Revision]:
        """The transcript each time it changes; a slow reader gets the newest. Ends with it."""
        return self._outcome.revisions(self._revision)

    async def result(self) -> Result:
        """Wait for the result.

        Raises:
            BridgeError: There is none; the error says why.
        """
        return await self._outcome.result()

    async def close(self) -> None:
        """End the session at once, whatever is still to come. Closing twice is allowed."""
        self.fail(LifecycleError("the utterance was left before its end"))
        if self._work:
            await asyncio.gather(self._work, return_exceptions=True)

    def _take(self, pcm: bytes) -> None:
        """Take audio piece by piece: what a piece decides must not depend on how it came."""
        if len(pcm) <= BATCH_BYTES:
            self._take_piece(pcm)
            return
        for start in range(0, len(pcm), BATCH_BYTES):
            if not self._ending:
                self._take_piece(pcm[start : start + BATCH_BYTES])

    def _take_piece(self, piece: bytes) -> None:
        if not piece:
            return
        self._turn.feed(piece)
        self._replay_buffer.append(piece)
        if self._work:
            self._failover.delivery.send()
        else:
            self._ask_if_due()
        self._consider()

    def _ask_if_due(self) -> None:
        """Ask for the transcript of what is on the tape, and of what follows."""
        if self._endpointing.connect == ConnectPolicy.ON_SPEECH:
            began_ms = self._turn.speech_start_ms
            if began_ms is None:
                self._replay_buffer.release(self._replay_buffer.end - _KEPT_BYTES)
                return
            self._replay_buffer.release(offset_at(max(0, began_ms - _BEFORE_SPEECH_MS)))
        profile = self._candidates[0].profile
        self._work = asyncio.create_task(self._transcribe(), name=f"utterance {profile}")

    def _consider(self) -> None:
        """What the audio so far means: the end, a pause, or nothing."""
        turn = self._turn
        candidate = self._failover.delivery.candidate
        ending = turn.ending(provider_ends_turns=candidate.ends_turns)
        if ending is Ending.SILENCE and self._heard_nothing():
            turn.reset_speech()
        elif ending:
            self._end(ending)
        elif candidate.can_flush and turn.flush_is_due:
            turn.flush_sent()
            self._failover.delivery.flush()

    def _heard_nothing(self) -> bool:
        """Whether the service has heard the audio and found no word in it: a cough."""
        flushed_ms, transcript = self._turn.flush_sent_ms, self._failover.delivery.transcript
        return 0 < flushed_ms <= transcript.confirmed_ms and not transcript.text

    def _end(self, ending: Ending) -> None:
        """No more audio is heard."""
        self._ending = ending
        turn = self._turn
        self._ended_ms = turn.speaker_end_ms if ending is Ending.SILENCE else turn.speech_end_ms
        self._stopwatch.note("ended")
        if self._idle_check:
            self._idle_check.cancel()
        if self._work is None or (ending is Ending.NO_SPEECH and turn.has_detector):
            self._resolve(Transcript())
        elif ending is Ending.PROVIDER:
            self._resolve(self._failover.delivery.transcript)
        else:
            spoken_until_ms = turn.speech_end_ms  # whoever spoke: no word is lost by a mistake
            if spoken_until_ms is None:
                spoken_until_ms = self._ended_ms
            self._failover.finish(
                spoken_until=None if spoken_until_ms is None else offset_at(spoken_until_ms)
            )

    async def _transcribe(self) -> None:
        try:
            transcript = await self._failover.run()
        except Exception as error:  # noqa: BLE001 - handed on to whoever awaits the result
            self.fail(error)
        else:
            self._resolve(transcript)

    def _on_event(self, event: SessionEvent) -> None:
        """Something came of the service, and is in the transcript already."""
        delivery = self._failover.delivery
        transcript = delivery.transcript
        match event:
            case SessionStarted():
                self._stopwatch.note("ready")
                self._ready.set()
            case PartialText():
                self._note_words(transcript)
            case FinalText(text=text):
                self._note_words(transcript)
                if len(self._candidates) == 1:
                    self._replay_buffer.release(delivery.needed_from)
                if text and delivery.candidate.ends_turns and not self._ending:
                    self._turn.provider_ended_segment()
                    self._consider()
            case _:
                pass
        if delivery.complete:
            self._resolve(transcript)

    def _note_words(self, transcript: Transcript) -> None:
        self._outcome.revised()
        length = len(transcript.text)
        if length > self._longest:
            self._longest = length
            self._stopwatch.note("heard")
            self._turn.text_received()

    def _look_for_audio(self) -> None:
        """Audio that stays away for too long has ended."""
        now = self._loop.time()
        if self.congested:  # it is kept waiting by us
            self._fed_at = now
        due = self._fed_at + self._limits.idle_s
        if now >= due:
            self._end(Ending.AUDIO_LOST)
        else:
            self._idle_check = self._loop.call_at(due, self._look_for_audio)

    def _revision(self) -> Revision:
        transcript = self._failover.delivery.transcript
        return Revision(
            text=styled(transcript.text, self._text_style),
            settled=styled_prefix(transcript.settled, self._text_style),
        )

    def _resolve(self, transcript: Transcript) -> None:
        """The result is there."""
        if self._outcome.is_known:
            return
        said = transcript.text
        text = styled(said, self._text_style)
        candidate = self._failover.delivery.candidate
        self._outcome.resolve(
            Result(
                text=text,
                said=None if said == text else said,
                words=transcript.words,
                language=transcript.language,
                complete=not (transcript.has_open_partial or self._failover.has_stand_in),
                ended_by=self._ending or Ending.CLIENT,
                connections=self._failover.connections,
                failures=tuple(e for e in self._failover.failures if isinstance(e, BridgeError)),
                profile=candidate.profile,
                provider=candidate.provider,
                timing=self._stopwatch.timing(
                    audio_ms=self._source.duration_ms(self._audio_bytes),
                    spoken_until_ms=self._ended_ms,
                ),
            )
        )
        self._stop()

    def _stop(self) -> None:
        """Nothing is awaited any more.

        Once: a second cancellation would tear the websocket that is being closed.
        """
        self._ending = self._ending or Ending.CLIENT
        if self._idle_check:
            self._idle_check.cancel()
        self._ready.set()
        if self._work and self._work is not asyncio.current_task():
            self._work.cancel()
