"""Decides with which transcript an utterance ends, and what its result reports.

The module does no I/O and reads no clock. It gets the time as an argument, and appends the command
that ends the utterance: ``Resolve`` or ``Fail``. Only ``Recognition`` knows the phase of the
utterance, and decides when to ask for the outcome.
"""

from dataclasses import dataclass

from ..endpointing import CLIENT_ENDED, Ending, Endpoint
from ..errors import ErrorText, RequestError
from .audio_flow import AudioFlow
from .commands import Command, Fail, Resolve
from .failover import Failover
from .interpretation import Interpretation
from .interpretations import Interpretations
from .phases import Trigger
from .request import Purpose
from .result import Result
from .text_style import TextStyle, styled
from .timeline import Timeline
from .transcript import Transcript
from .transcription import Transcription

__all__ = ["Conclusion", "Outcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The transcript with which an utterance ends, before its interpretation."""

    transcription: Transcription
    """The profile's transcription from which the transcript comes."""
    transcript: Transcript
    is_complete: bool
    interpreted_by: float
    """The deadline of the interpretation, in monotonic seconds. The result does not wait longer."""


class Conclusion:
    """The conclusion of one utterance."""

    def __init__(
        self,
        *,
        failover: Failover,
        interpretations: Interpretations,
        timeline: Timeline,
        flow: AudioFlow,
        commands: list[Command],
        idle_s: float,
        text_style: TextStyle = TextStyle.AS_IS,
        purpose: Purpose = Purpose.SPEECH,
    ) -> None:
        """Create the conclusion of an utterance whose audio has not ended.

        ``idle_s`` is the time without audio after which the audio counts as lost.
        """
        self._failover = failover
        self._interpretations = interpretations
        self._timeline = timeline
        self._flow = flow
        self._commands = commands
        self._idle_s = idle_s
        self._text_style = text_style
        self._purpose = purpose
        self.endpoint = CLIENT_ENDED
        """Why the audio ended."""
        self.speech_end_ms: int | None = None
        """Where the speaker's speech ended in the audio; None if that is not known."""
        self._outcome: Outcome | None = None

    def audio_ended(self, endpoint: Endpoint, *, speech_end_ms: int | None, now: float) -> None:
        """Note that the audio ended."""
        self.endpoint = endpoint
        self.speech_end_ms = speech_end_ms
        self._timeline.ended_at = now

    @property
    def interpreted_by(self) -> float | None:
        """When to call ``resume``, in monotonic seconds; None if there is no outcome."""
        return self._outcome.interpreted_by if self._outcome else None

    def settle(self, *, now: float) -> Trigger | None:
        """Conclude if the outcome or the error is certain. Return what this triggers, or None."""
        certain = self.certain(now=now)
        if isinstance(certain, Outcome):
            return self.conclude(certain, now=now)
        return self.fail(certain) if certain else None

    def conclude(self, outcome: Outcome, *, now: float) -> Trigger:
        """Resolve now, or wait until the interpreter has decided whether to repair the text."""
        self._outcome = outcome
        return self.resume(now=now) or Trigger.INTERPRET

    def resume(self, *, now: float) -> Trigger | None:
        """Resolve if the text of the outcome is interpreted, or has waited for that long enough."""
        outcome = self._outcome
        if outcome is None:
            return None
        interpretation = self._interpretations.of(outcome.transcript.text)
        if interpretation is None and now < outcome.interpreted_by:
            return None
        result = self.result(outcome, interpretation, audio_ms=self._flow.audio_ms, now=now)
        self._commands.append(Resolve(result=result))
        return Trigger.RESOLVE

    def fail(self, error: Exception) -> Trigger:
        """Fail with an error."""
        self._commands.append(Fail(error=error))
        return Trigger.FAIL

    def certain(self, *, now: float) -> Outcome | Exception | None:
        """Return the outcome or the error of the utterance; None if neither is certain yet.

        If the client stopped sending, words make an error certain, because they may be half a
        command. It does not matter then what the final will be.
        """
        failover, tried = self._failover, self._failover.tried
        if self._purpose is Purpose.PROBE and tried.lead.sessions.ready_at is not None:
            return self.of(tried.lead, now=now)
        if self.endpoint.ended_by is Ending.AUDIO_LOST and tried.have_words:
            return RequestError(ErrorText.AUDIO_STOPPED, seconds=f"{self._idle_s:g}")
        complete = tried.complete
        found = complete or (failover.stand_in if failover.error else None)
        if found is None:
            return failover.error
        return self.of(found, is_complete=complete is not None, now=now)

    def of(
        self,
        transcription: Transcription,
        transcript: Transcript | None = None,
        *,
        is_complete: bool = True,
        now: float,
    ) -> Outcome:
        """Return the outcome if a transcription wins, and ask the interpreter about its text.

        ``transcript`` replaces the transcript of the transcription.
        """
        transcript = transcript or transcription.transcript
        if self._purpose is Purpose.SPEECH:
            self._interpretations.ask_for_repair(transcription, now=now)
        return Outcome(
            transcription=transcription,
            transcript=transcript,
            is_complete=is_complete,
            interpreted_by=self._interpretations.due(transcript.text),
        )

    def result(
        self,
        outcome: Outcome,
        interpretation: Interpretation | None,
        *,
        audio_ms: float,
        now: float,
    ) -> Result:
        """Return the result. Its text is the repair, or else the transcript, in the text style.

        ``audio_ms`` is the length of the audio that the client sent. A stream is as long as its
        transcript.
        """
        transcript, candidate = outcome.transcript, outcome.transcription.candidate
        repair = interpretation.repair if interpretation else None
        text = styled(repair.text if repair else transcript.text, self._text_style)
        if self._purpose is Purpose.STREAM:
            audio_ms = transcript.end_ms
        return Result(
            text=text,
            said=None if transcript.text == text else transcript.text,
            repair=repair.reason if repair else None,
            completeness=interpretation.completeness if interpretation else None,
            words=transcript.words,
            segments=transcript.segments,
            language=transcript.language,
            complete=outcome.is_complete and not transcript.has_open_partial,
            endpoint=self.endpoint,
            connections=self._failover.tried.connections,
            failures=self._failover.failures(outcome.transcription),
            left_out_terms=outcome.transcription.left_out_terms,
            utterance_id=candidate.utterance_id,
            profile=candidate.profile,
            provider=candidate.provider,
            timing=self._timeline.timing(audio_ms=audio_ms, speech_ms=self.speech_end_ms, now=now),
        )
