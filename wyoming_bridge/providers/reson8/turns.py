"""The service's side of a Reson8 session with turns, as the local realtime server runs it.

The service estimates the probability that a turn has ended. The local server computes the
probability from the length of the silence after the speech.
"""

import math
from enum import StrEnum
from typing import Final

from ...endpointing import SpeechEnded, SpeechStarted, new_detector
from ...events import FinalText, PartialText
from ..server_request import ServerRequest
from ..serving import EndSegment, Flush
from .behaviour import Reson8Behaviour
from .messages import FlushRequest, Reson8Transcript, TurnEndCandidate, TurnEvent
from .session import SHORTEST_MS, VAD_THRESHOLD, Reson8Session, SessionSetup, new_segmenter
from .words import words_of

__all__ = ["TurnProbabilities", "TurnServer", "silence_ms_of"]

_EAGER: Final = 0.5
_FINAL: Final = 0.92
"""The defaults of the two probabilities are from the service's client library."""

_LONGEST_MS: Final = 10_000
"""If the silence is this long, the probability that the turn has ended counts as 1."""


class TurnProbabilities:
    """How probable the end of a turn must be before the server reports it."""

    def __init__(self, request: ServerRequest) -> None:
        """Read the probabilities from a request.

        Raises:
            ValueError: A value is invalid; the message names it and what is allowed.
        """
        self.eager = request.number("eager_turn_probability", _EAGER, minimum=0, maximum=1)
        """With at least this probability, a ``turn_end_candidate`` is sent."""
        self.final = request.number("final_turn_probability", _FINAL, minimum=0, maximum=1)
        """With at least this probability, the turn ends."""
        if self.eager > self.final:
            raise ValueError(
                f"eager_turn_probability: must be at most final_turn_probability, which is "
                f"{self.final:g}, got {self.eager:g}"
            )


def silence_ms_of(probability: float, *, default_s: float) -> int:
    """Return the silence, in milliseconds, that corresponds to a probability.

    The default of ``final_turn_probability`` corresponds to ``default_s`` seconds of silence.
    """
    if probability >= 1:
        return _LONGEST_MS
    share = math.log(1 - probability) / math.log(1 - _FINAL)
    return round(min(max(share * default_s * 1000, SHORTEST_MS), _LONGEST_MS))


class TurnState(StrEnum):
    """The state of a session."""

    IDLE = "idle"
    """No turn has begun since the last one ended."""
    SPEAKING = "speaking"
    """The user is speaking."""
    PAUSED = "paused"
    """The user has paused, and the turn has probably ended."""


class TurnServer(Reson8Session):
    """Sans-I/O server of one session."""

    def __init__(self, setup: SessionSetup, *, probabilities: TurnProbabilities) -> None:
        super().__init__(setup)
        behaviour = setup.behaviour
        self._max_segment_ms = behaviour.max_segment_s * 1000
        default_s = behaviour.segment_silence_s or Reson8Behaviour().segment_silence_s
        self._final_ms = silence_ms_of(probabilities.final, default_s=default_s)
        self._detector = new_detector(speech_threshold=VAD_THRESHOLD)
        self._segmenter = new_segmenter(
            silence_ms=silence_ms_of(probabilities.eager, default_s=default_s)
        )
        self._state = TurnState.IDLE
        self._is_candidate_sent = False
        self._is_end_due = False  # the turn ends as soon as all its finals have arrived

    def _flush(self, flush: FlushRequest) -> None:
        """End the turn. Its last final answers the flush."""
        self._is_end_due = True
        self._ask(Flush())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Find the boundaries of turns in the audio."""
        self._count(pcm)
        if self.is_ending:
            return
        for event in self._segmenter.feed(self._detector.feed(pcm)):
            match event:
                case SpeechStarted():
                    self._begin_speech()
                case SpeechEnded():
                    self._pause()
        is_silent = not self._segmenter.is_speaking
        if self._state is TurnState.PAUSED and is_silent:
            if self._segmenter.silent_ms >= self._final_ms:
                self._is_end_due = True
                self._send_due()
        elif (
            self._max_segment_ms
            and self._heard_ms - self._segment_start_ms >= self._max_segment_ms
            and not self.finals_owed
        ):
            self._ask(EndSegment())

    def report(self, result: PartialText | FinalText) -> None:
        """Collect the final texts of the turn. Sessions with turns have no partial texts."""
        if self.close or isinstance(result, PartialText):
            return
        if result.text:
            self._finals.append(result)
            self._is_candidate_sent = False  # the next candidate must contain this text too
        self._send_due(answered=1)
        self.final_sent()

    def _ask(self, command: EndSegment | Flush) -> None:
        self._segment_start_ms = self._heard_ms
        self.command(command)

    def _begin_speech(self) -> None:
        if self._is_candidate_sent:
            self.write(TurnEvent.TURN_CONTINUATION.to_json())
        elif self._state is TurnState.IDLE:
            self.write(TurnEvent.TURN_START.to_json())
        self._is_candidate_sent = False
        self._state = TurnState.SPEAKING

    def _pause(self) -> None:
        if self._state is TurnState.SPEAKING:
            self._state = TurnState.PAUSED
        self._ask(EndSegment())

    def _send_due(self, *, answered: int = 0) -> None:
        """Send the messages that are due, unless a final of the turn has not arrived yet.

        ``answered`` is the number of finals that have arrived but still count as owed.
        """
        if self.finals_owed > answered:
            return
        if self._state is TurnState.IDLE and self._finals:  # no speech was detected, but words came
            self.write(TurnEvent.TURN_START.to_json())
            self._state = TurnState.PAUSED
        if self._state is TurnState.SPEAKING and self._is_end_due:
            self._state = TurnState.PAUSED
        if self._state is TurnState.PAUSED:
            self._report_pause()
        elif self._state is TurnState.IDLE:
            self._is_end_due = False  # there is no turn to end

    def _report_pause(self) -> None:
        if not self._is_candidate_sent:
            self._is_candidate_sent = True
            self.write(TurnEndCandidate(transcript=self._transcript()).to_json())
        if self._is_end_due:
            self.write(TurnEvent.TURN_END.to_json())
            self._state = TurnState.IDLE
            self._is_candidate_sent = self._is_end_due = False
            self._finals.clear()

    def _transcript(self) -> Reson8Transcript:
        query, finals = self._query, self._finals
        start_ms = (finals[0].start_ms or 0) if finals else round(self._heard_ms)
        end_ms = (finals[-1].end_ms or start_ms) if finals else start_ms
        words = [word for final in finals for word in final.words]
        timed = query.include_timestamps
        return Reson8Transcript(
            text=" ".join(final.text for final in finals),
            start_ms=start_ms if timed else None,
            duration_ms=max(0, end_ms - start_ms) if timed else None,
            language=self._language if query.include_language else None,
            words=words_of(words, query) if query.include_words else None,
        )
