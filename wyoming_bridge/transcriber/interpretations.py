"""The questions to the interpreter about the texts of an utterance, and the answers.

The module does no I/O and reads no clock. It gets the time as an argument. For each question, it
appends a command that ``Execution`` executes.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

from ..endpointing import Ending, Endpointing, SilenceRule, Turn
from ..house import Completeness
from .commands import Command, Interpret
from .coverage import covers
from .interpretation import MAX_SCORED_BYTES, Interpretation
from .replay_buffer import BATCH_BYTES, ReplayBuffer, offset_at
from .transcription import Transcription

__all__ = ["Interpretations"]

_WORTH_WAITING_S: Final = 0.3
"""How long to wait for an interpretation if the service ended the utterance, and the interpreter
does not repair texts. Such an interpretation usually takes 0.01 s."""

_ENDINGS_IN_A_PAUSE: Final = frozenset({Ending.SILENCE, Ending.PROVIDER})


@dataclass(slots=True)
class _Question:
    asked_at: float
    answer: Interpretation | None = None


class Interpretations:
    """The questions about one utterance's texts. Each text is asked about once."""

    def __init__(
        self,
        endpointing: Endpointing,
        *,
        limit_s: float,
        replay_buffer: ReplayBuffer,
        commands: list[Command],
    ) -> None:
        """Begin without questions. An interpretation may take ``limit_s`` seconds."""
        self._limits_pauses = endpointing.asks_the_house
        self._pauses = {
            Completeness.COMPLETE: (endpointing.complete_silence_ms, SilenceRule.COMPLETE),
            Completeness.EXTENDABLE: (endpointing.extendable_silence_ms, SilenceRule.EXTENDABLE),
            Completeness.UNFINISHED: (endpointing.unfinished_silence_ms, SilenceRule.UNFINISHED),
            Completeness.UNKNOWN: (endpointing.silence_ms, SilenceRule.NO_COMMAND),
        }
        self._limit_s = limit_s
        self._replay_buffer = replay_buffer
        self._commands = commands
        self._questions: dict[str, _Question] = {}

    def take(self, text: str, answer: Interpretation) -> None:
        """Store the answer for a text."""
        self._questions[text].answer = answer

    def of(self, text: str) -> Interpretation | None:
        """Return the interpretation of a text; None if there is no answer yet."""
        question = self._questions.get(text)
        return question.answer if question else None

    def due(self, text: str) -> float:
        """Return until when to wait for a text's interpretation; -inf if it was not requested."""
        question = self._questions.get(text)
        return question.asked_at + self._limit_s if question else -inf

    def ask(self, transcription: Transcription, *, until: int, now: float) -> None:
        """Ask about the text of a transcription, unless this text was asked about before.

        ``until`` is the offset at which the audio of the text ends.
        """
        text, interpreter = transcription.transcript.text, transcription.candidate.interpreter
        if interpreter is None or not text or text in self._questions:
            return
        self._questions[text] = _Question(asked_at=now)
        buffer, pcm = self._replay_buffer, b""
        if interpreter.wants_audio and until - buffer.begin <= MAX_SCORED_BYTES:
            pcm = b"".join(buffer.between(buffer.begin, until))
        pieces = len(transcription.transcript.segments)
        self._commands.append(Interpret(interpreter=interpreter, text=text, pcm=pcm, pieces=pieces))

    def ask_for_repair(self, transcription: Transcription, *, now: float) -> None:
        """Ask about the final text of a transcription, if the interpreter repairs texts."""
        interpreter = transcription.candidate.interpreter
        if interpreter and interpreter.repairs:
            self.ask(transcription, until=self._replay_buffer.end, now=now)

    def needed_from(self, transcription: Transcription) -> int:
        """Return the offset of the first audio that a question may need."""
        interpreter, end = transcription.candidate.interpreter, self._replay_buffer.end
        if interpreter is None or not interpreter.wants_audio:
            return end
        # One batch more than the interpreter may get, so that ``ask`` notices if the audio is too
        # long.
        return end - MAX_SCORED_BYTES - BATCH_BYTES

    def weigh_pause(self, turn: Turn, transcription: Transcription, *, now: float) -> None:
        """Limit the length of the present pause, if the text contains all speech so far.

        The limit depends on the completeness of the text.
        """
        end_ms = turn.voice_end_ms
        if not self._limits_pauses or end_ms is None or transcription.transcript.has_open_partial:
            return
        is_flushed = turn.flush_sent_ms >= end_ms
        if transcription.can_flush and not is_flushed:
            return
        if not covers(transcription.transcript, offset_at(end_ms)):
            return
        until = offset_at(turn.flush_sent_ms) if is_flushed else self._replay_buffer.end
        self.ask(transcription, until=until, now=now)
        answer = self.of(transcription.transcript.text)
        if answer:
            turn.limit_pause(*self._pauses[answer.completeness])

    def holds(
        self, ending: Ending, turn: Turn, transcription: Transcription, *, now: float
    ) -> bool:
        """Return whether to continue a turn although silence or the service ended it.

        The turn continues while the text is being interpreted, if the result would wait for the
        interpretation anyway. If the service ended the turn, the turn also continues if the text is
        an unfinished command.
        """
        question = self._questions.get(transcription.transcript.text)
        if ending not in _ENDINGS_IN_A_PAUSE or question is None or not self._limits_pauses:
            return False
        is_by_service = ending is Ending.PROVIDER
        if question.answer is None:
            interpreter = transcription.candidate.interpreter
            if interpreter and interpreter.repairs:
                return now < question.asked_at + self._limit_s
            return is_by_service and now < question.asked_at + _WORTH_WAITING_S
        if not is_by_service or question.answer.completeness is not Completeness.UNFINISHED:
            return False
        turn.continue_after_segment()
        return True
