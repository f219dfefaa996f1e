"""The service's end of a Reson8 session with turns, as the local realtime server runs it.

The service estimates the probability that a turn has ended. The local server computes the
probability from the length of the silence after the speech.
"""

import math
from enum import StrEnum
from typing import Final

from ...audio import PCM_16K_MONO
from ...endpointing import Segmenter, SpeechEnded, SpeechStarted, new_detector
from ...errors import ProtocolViolationError
from ...events import FinalText, PartialText
from ..account import Account
from ..contract import CloseCode, Message
from ..serving import Close, EndSegment, Feed, Flush, ServerBase, ServerRequest
from .behaviour import Reson8Behaviour
from .messages import (
    ErrorMessage,
    Reson8Transcript,
    TurnEndCandidate,
    TurnEvent,
    read_client_message,
)
from .query import SessionQuery
from .server import IDLE, MAX_FLUSHES, code_of_failure
from .words import words_of

__all__ = ["TurnProbabilities", "TurnServer", "silence_ms_of"]

_EAGER: Final = 0.5
_FINAL: Final = 0.92
"""The defaults of the two probabilities are from the service's client library."""

_VAD_THRESHOLD: Final = 0.5
_SHORTEST_MS: Final = 100
"""The minimum length of speech, and of silence that counts as a pause."""

_LONGEST_MS: Final = 10_000
"""The silence at which the probability counts as 1."""


class TurnProbabilities:
    """The probabilities of the end of a turn at which the server sends messages."""

    def __init__(self, request: ServerRequest) -> None:
        """Read the probabilities from a request.

        Raises:
            ValueError: A value is invalid; the message names it and what is allowed.
        """
        self.eager = request.number("eager_turn_probability", _EAGER, minimum=0, maximum=1)
        """The probability from which a ``turn_end_candidate`` is sent."""
        self.final = request.number("final_turn_probability", _FINAL, minimum=0, maximum=1)
        """The probability from which the turn ends."""
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
    return round(min(max(share * default_s * 1000, _SHORTEST_MS), _LONGEST_MS))


class TurnState(StrEnum):
    """The state of a session."""

    IDLE = "idle"
    """No turn has begun since the last one ended."""
    SPEAKING = "speaking"
    """The user is speaking."""
    PAUSED = "paused"
    """The user has paused, and the turn has probably ended."""


class TurnServer(ServerBase):
    """Sans-I/O server of one session. The emulator has already counted it in the account."""

    def __init__(
        self,
        query: SessionQuery,
        *,
        probabilities: TurnProbabilities,
        subprotocol: str | None,
        language: str,
        bias_terms: tuple[str, ...],
        behaviour: Reson8Behaviour,
        account: Account,
    ) -> None:
        super().__init__()
        self.audio_format = query.audio_format
        self.containers = query.containers
        self.subprotocol = subprotocol
        self.bias_terms = bias_terms
        self._query = query
        self._language = language
        self._account = account
        self._max_segment_ms = behaviour.max_segment_s * 1000
        default_s = behaviour.segment_silence_s or Reson8Behaviour().segment_silence_s
        self._final_ms = silence_ms_of(probabilities.final, default_s=default_s)
        self._detector = new_detector(speech_threshold=_VAD_THRESHOLD)
        self._segmenter = Segmenter(
            speech_threshold=_VAD_THRESHOLD,
            min_speech_ms=_SHORTEST_MS,
            min_silence_ms=_SHORTEST_MS,
            silence_ms=silence_ms_of(probabilities.eager, default_s=default_s),
        )
        self._state = TurnState.IDLE
        self._is_candidate_sent = False
        self._is_end_due = False  # whether the turn ends after its last final
        self._heard_ms = 0.0
        self._segment_start_ms = 0.0
        self._finals: list[FinalText] = []  # the finals of the turn

    def open(self, *, now: float) -> None:
        """Do nothing: the service sends no greeting."""

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read audio, or a flush, which ends the turn."""
        if self.is_ending:
            return
        if isinstance(message, bytes):
            self.command(Feed(audio=message))
            return
        try:
            read_client_message(message)
        except ProtocolViolationError as err:
            self.write(ErrorMessage(code="INVALID_REQUEST", message=err.message).to_json())
            return
        if self.finals_owed >= MAX_FLUSHES:
            error = ErrorMessage(
                code="INVALID_REQUEST",
                message=f"at most {MAX_FLUSHES} unanswered flush requests are allowed",
            )
            self.end(error.to_json(), Close(code=CloseCode.POLICY_VIOLATION, reason=error.code))
            return
        self._is_end_due = True
        self._ask(Flush())

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Find the boundaries of turns in the audio."""
        duration_ms = PCM_16K_MONO.duration_ms(len(pcm))
        self._heard_ms += duration_ms
        self._account.audio_s += duration_ms / 1000
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
            self._is_candidate_sent = False  # the next one must contain this text too
        self._send_due(answered=1)
        self.final_sent()

    def fail(self, text: str, *, code: str = "") -> None:
        """End the session, because the engine failed."""
        code = code_of_failure(code)
        self.end_now(
            ErrorMessage(code=code, message=text).to_json(),
            Close(code=CloseCode.INTERNAL_ERROR, reason=code),
        )

    def end_idle(self, *, limit_s: float) -> None:
        """End the session with an error. The service's own limit is not documented."""
        error = ErrorMessage(code=IDLE, message=f"no audio for {limit_s:g} s")
        self.end(error.to_json(), Close(code=CloseCode.NORMAL_CLOSURE, reason=IDLE))

    def leave(self, *, now: float) -> None:
        """Count the session as ended."""
        self._account.end()

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
        """Send the messages that are due, unless a final of the turn is missing."""
        if self.finals_owed > answered:
            return
        if self._state is TurnState.IDLE and self._finals:  # words without detected speech
            self.write(TurnEvent.TURN_START.to_json())
            self._state = TurnState.PAUSED
        if self._state is TurnState.SPEAKING and self._is_end_due:
            self._state = TurnState.PAUSED
        if self._state is TurnState.PAUSED:
            self._report_pause()
        elif self._state is TurnState.IDLE:
            self._is_end_due = False  # there is no turn

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
