"""The recognition of one utterance: it takes audio and events, and returns commands.

Hard rules: the recognition does no I/O and reads no clock. Time is an argument, in monotonic
seconds. The recognition is not re-entrant: after each call, ``Execution`` executes the commands,
and queues the events that arrive meanwhile. One ``Resolve`` or ``Fail`` ends the recognition.
"""

from collections.abc import Sequence
from math import inf

from ..audio import PCM_16K_MONO, AudioFormat, Converter
from ..endpointing import ConnectPolicy, Ending, Endpointing, Turn, VoiceDetector
from ..events import (
    FinalText,
    FlushDone,
    PartialText,
    SessionEvent,
    SessionStarted,
    SignsOfLife,
)
from .audio_flow import MAX_WAITING_BYTES, AudioFlow
from .candidate import Candidate
from .commands import Command
from .conclusion import Conclusion
from .end_of_turn import EndOfTurn
from .failover import Failover
from .interpretation import Interpretation
from .interpretations import Interpretations
from .phases import Phase, Trigger, after
from .replay_buffer import BATCH_BYTES, ReplayBuffer, offset_at
from .request import Purpose
from .shown_text import ShownText
from .silence import Silence
from .text_style import TextStyle
from .timeline import Timeline
from .transcript import Transcript

__all__ = ["Recognition"]


class Recognition:
    """The recognition of one utterance."""

    def __init__(
        self,
        *,
        candidates: Sequence[Candidate],
        source: AudioFormat,
        endpointing: Endpointing,
        detector: VoiceDetector | None,
        text_style: TextStyle = TextStyle.AS_IS,
        purpose: Purpose = Purpose.SPEECH,
    ) -> None:
        """Create a recognition without audio. The candidates after the first are fallbacks.

        Without a detector, speech in the audio is not noticed before the service sends words.
        """
        self.phase = Phase.IDLE
        limits = candidates[0].limits
        self._flow = AudioFlow(source, idle_s=limits.idle_s, stall_s=limits.stall_s)
        self._connects_at_start = endpointing.connect == ConnectPolicy.AT_START
        self._purpose = purpose
        if any(each.interpreter and each.interpreter.needs_early_text for each in candidates):
            endpointing = endpointing.with_early_text()
        self._turn = Turn(endpointing, detector=detector)
        self._converter = Converter(source=source, target=PCM_16K_MONO)
        self._replay_buffer = ReplayBuffer()
        self._silence = Silence(self._replay_buffer, self._turn)
        self._commands: list[Command] = []
        self._failover = Failover(
            candidates, replay_buffer=self._replay_buffer, commands=self._commands
        )
        self._tried = self._failover.tried
        self._interpretations = Interpretations(
            limit_s=limits.interpret_s,
            replay_buffer=self._replay_buffer,
            commands=self._commands,
        )
        self._end_of_turn = EndOfTurn(
            self._turn, interpretations=self._interpretations, replay_buffer=self._replay_buffer
        )
        self._timeline = Timeline()
        self._shown = ShownText(text_style, commands=self._commands)
        self._conclusion = Conclusion(
            failover=self._failover,
            interpretations=self._interpretations,
            timeline=self._timeline,
            flow=self._flow,
            commands=self._commands,
            idle_s=limits.idle_s,
            text_style=text_style,
            purpose=purpose,
        )

    @property
    def wants_audio_now(self) -> bool:
        """Whether the next audio may end the utterance, so that it should be fed at once."""
        return self.phase.takes_audio and self._turn.wants_audio_now

    @property
    def has_commands(self) -> bool:
        """Whether ``commands`` would return at least one command."""
        return bool(self._commands)

    def commands(self) -> list[Command]:
        """Return the new commands, in the order in which to execute them."""
        commands = self._commands.copy()
        self._commands.clear()
        return commands

    @property
    def can_be_congested(self) -> bool:
        """Whether ``is_congested`` may return True. With little audio, it never does."""
        return 2 * self._replay_buffer.end > MAX_WAITING_BYTES  # twice, because audio may be base64

    def is_congested(self, *, unsent_bytes: int) -> bool:
        """Return whether the source should wait. The lead session still has ``unsent_bytes``."""
        if not self.phase.needs_service:
            return False
        return self._tried.lead.unsent_bytes + unsent_bytes > MAX_WAITING_BYTES

    # The inputs.

    def connect(self, *, now: float) -> None:
        """Open a session now, for a stream or a probe. For speech, ``feed`` opens the session."""
        self._timeline.begin(now)
        self._failover.await_service(since=now)
        self._start(now=now)
        if self._purpose is Purpose.STREAM and self.phase is Phase.LISTENING:
            self._failover.send_nothing(now=now)

    def expect_audio(self, *, now: float) -> None:
        """Expect audio from now on. If no audio arrives for too long, the utterance ends."""
        if self.phase.takes_audio:
            self._flow.expect(now=now)

    def feed(self, audio: bytes, *, now: float) -> None:
        """Accept any amount of audio in the source's format. After the end, audio is ignored."""
        if not audio or not self.phase.takes_audio:
            return
        self._timeline.begin(now)
        self._flow.received(len(audio), now=now)
        self._feed(self._converter.convert(audio), now=now)

    def audio_ended(self, *, now: float) -> None:
        """End the client's audio. A second call has no effect."""
        if self.phase.takes_audio:
            self._feed(self._converter.flush(), now=now)
        if self.phase.takes_audio:
            self._end(Ending.CLIENT, now=now)

    def give_up(self, error: Exception) -> None:
        """Fail with the caller's error, unless the outcome is known."""
        if not self.phase.is_over:
            self._conclude(self._conclusion.fail(error))

    def source_paused(self, *, now: float) -> None:
        """Note that the source waits because of congestion. This wait has a time limit."""
        self._flow.paused(now=now)
        self._failover.await_service(since=now)

    def audio_taken(self, *, now: float) -> None:
        """Note that the service accepted some of the waiting audio."""
        self._flow.taken(now=now)

    def source_resumed(self, *, now: float) -> None:
        """Note that the source sends audio again."""
        self._flow.resumed(now=now)
        if self.phase.takes_audio:
            self._failover.await_service(since=inf)

    @property
    def lead_attempt(self) -> int | None:
        """The number of the lead's current session, for which the source may have to wait."""
        current = self._tried.lead.sessions.current
        return current.number if current else None

    def session_event(self, attempt: int, event: SessionEvent, *, now: float) -> None:
        """Handle an event of a session. The events of a closed session are ignored."""
        if not self._is_open(attempt):
            return
        self._failover.take(attempt, event, now=now)
        if isinstance(event, SessionStarted):
            self._timeline.service_ready(now)
        elif (
            isinstance(event, PartialText | FinalText | FlushDone) and attempt == self.lead_attempt
        ):
            self._text_received(event, now=now)
        self._settle(now=now)

    def session_ended(self, attempt: int, error: Exception | None, *, now: float) -> None:
        """Note that a session ended; ``error`` is the exception that ended it, or None."""
        if self._is_open(attempt):
            self._failover.lost(attempt, error, now=now)
            self._settle(now=now)

    def note_signs_of_life(self, attempt: int, signs: SignsOfLife) -> None:
        """Note the signs of life of a session's service."""
        if self.phase.needs_service:
            self._failover.note_signs_of_life(attempt, signs)

    def interpreted(self, text: str, interpretation: Interpretation, *, now: float) -> None:
        """Handle the interpretation of a text."""
        if self.phase.is_over:
            return
        self._interpretations.take(text, interpretation)
        if self.phase is Phase.INTERPRETING:
            self._conclude(self._conclusion.resume(now=now))
        elif self.phase is Phase.LISTENING:
            self._end_of_turn.weigh_pause(self._tried.lead, now=now)
            self._consider(now=now)

    # The deadlines.

    def next_timeout(self) -> float | None:
        """Return when to call ``handle_timeout``, in monotonic seconds; None for never."""
        if self.phase.is_over:
            return None
        if self.phase is Phase.INTERPRETING:
            return self._conclusion.interpreted_by
        due = min(self._failover.next_timeout(), self._flow.missing_due(), self._stalled_due())
        return None if due == inf else due

    def handle_timeout(self, *, now: float) -> None:
        """Do one thing that is due. If more is due, ``next_timeout`` returns a past time."""
        if self.phase.is_over:
            return
        if self.phase is Phase.INTERPRETING:
            self._conclude(self._conclusion.resume(now=now))
            return
        if now >= self._failover.next_timeout():
            self._failover.handle_timeout(now=now)
        elif now >= self._flow.missing_due():
            self._end(Ending.AUDIO_LOST, now=now)
        elif now >= self._stalled_due():
            self._flow.taken(now=now)
            self._failover.stalled(now=now)
        self._settle(now=now)

    def _stalled_due(self) -> float:
        attempt = self._tried.lead.sessions.current
        return self._flow.stalled_due(ready_at=attempt.ready_at if attempt else None)

    # The audio.

    def _feed(self, pcm: bytes, *, now: float) -> None:
        """Process audio in pieces of at most one batch. Chunk sizes must not affect the results."""
        for start in range(0, len(pcm), BATCH_BYTES):
            if not self.phase.takes_audio:
                return
            piece = pcm[start : start + BATCH_BYTES]
            self._turn.feed(piece)
            completes_batch = self._replay_buffer.append(piece)
            if self.phase is Phase.LISTENING:
                if completes_batch:
                    self._send(now=now)
            elif self._connects_at_start or self._silence.release_before_speech():
                self._start(now=now)
            if self.phase.takes_audio:
                self._consider(now=now)

    def _send(self, *, now: float) -> None:
        """Send the audio in whole batches, and release what no session will need."""
        self._failover.send(now=now)
        if self._silence.is_long and self._tried.lead.is_well and not self._shown.length:
            self._silence.release_sent(needed_from=self._tried.needed_from)
        if self._failover.error:  # the daily limit is reached
            self._settle(now=now)

    def _start(self, *, now: float) -> None:
        self._step(Trigger.CONNECT)
        self._failover.start(now=now)
        self._settle(now=now)

    def _consider(self, *, now: float) -> None:
        """Decide whether the audio so far ends the utterance or calls for a flush."""
        turn, lead = self._turn, self._tried.lead
        if ending := self._end_of_turn.decide(lead, now=now):
            self._end(ending, now=now)
        elif turn.flush_is_due and self.phase is Phase.LISTENING and lead.can_flush:
            turn.flush_sent()
            self._failover.flush(now=now)

    def _end(self, ending: Ending, *, now: float) -> None:
        """End the audio of the utterance."""
        turn = self._turn
        has_no_session = self.phase is Phase.IDLE
        self._step(Trigger.END)
        speech_end_ms = turn.speech_end_before(ending)
        self._conclusion.audio_ended(turn.endpoint(ending), speech_end_ms=speech_end_ms, now=now)
        self._flow.ended()
        lead = self._tried.lead
        self._settle(now=now)  # lost audio may make an error certain, so that no service is needed
        if self.phase.is_over:
            return
        if has_no_session or (ending is Ending.NO_SPEECH and turn.has_detector):
            nothing = self._conclusion.of(lead, Transcript(), now=now)
            self._conclude(self._conclusion.conclude(nothing, now=now))
        elif ending is Ending.PROVIDER:
            whole = self._conclusion.of(lead, now=now)
            self._conclude(self._conclusion.conclude(whole, now=now))
        else:
            # The end of the speech of all people, so that no word is lost.
            end_ms = speech_end_ms if turn.speech_end_ms is None else turn.speech_end_ms
            speech_end = None if end_ms is None else offset_at(end_ms)
            self._failover.finish(speech_end=speech_end, now=now)
            self._settle(now=now)

    # The service's text.

    def _text_received(self, event: PartialText | FinalText | FlushDone, *, now: float) -> None:
        """Handle the text of the lead's session, after an event that may change or confirm it."""
        turn, lead = self._turn, self._tried.lead
        if self._shown.take(lead.transcript):
            self._timeline.text_received(now)
            turn.text_received()
        if isinstance(event, PartialText):
            return
        if self._failover.needs_no_replay:
            needed_from = self._interpretations.needed_from(lead)
            self._replay_buffer.release(min(lead.replay_from, needed_from))
        if self.phase is not Phase.LISTENING:
            return
        self._end_of_turn.weigh_pause(lead, now=now)
        if isinstance(event, FinalText) and event.text and lead.candidate.ends_turns:
            turn.provider_ended_segment()
            self._consider(now=now)

    # The outcome.

    def _is_open(self, attempt: int) -> bool:
        return self.phase.needs_service and self._tried.find(attempt) is not None

    def _settle(self, *, now: float) -> None:
        """Resolve or fail if the outcome is certain."""
        if self.phase.needs_service:
            self._conclude(self._conclusion.settle(now=now))

    def _conclude(self, trigger: Trigger | None) -> None:
        """Move on if the outcome is known. Then no service is needed any more."""
        if trigger:
            self._step(trigger)
            self._failover.stop()

    def _step(self, trigger: Trigger) -> None:
        self.phase = after(self.phase, trigger)
