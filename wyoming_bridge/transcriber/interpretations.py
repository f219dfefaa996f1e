"""The questions to the interpreter about the texts of an utterance, and the answers.

The module does no I/O and reads no clock. It gets the time as an argument. For each question, it
appends a command that ``Execution`` executes.
"""

from dataclasses import dataclass
from math import inf

from .commands import Command, Interpret
from .interpretation import MAX_SCORED_BYTES, Interpretation
from .replay_buffer import BATCH_BYTES, ReplayBuffer
from .transcription import Transcription

__all__ = ["Interpretations"]


@dataclass(slots=True)
class _Question:
    asked_at: float
    answer: Interpretation | None = None


class Interpretations:
    """The questions about one utterance's texts. Each text is asked about once."""

    def __init__(
        self, *, limit_s: float, replay_buffer: ReplayBuffer, commands: list[Command]
    ) -> None:
        """Begin without questions. An interpretation may take ``limit_s`` seconds."""
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

    def due(self, text: str, *, limit_s: float | None = None) -> float:
        """Return until when to wait for a text's interpretation; -inf if it was not requested.

        ``limit_s`` replaces the limit of ``__init__``.
        """
        question = self._questions.get(text)
        if question is None:
            return -inf
        return question.asked_at + (self._limit_s if limit_s is None else limit_s)

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
