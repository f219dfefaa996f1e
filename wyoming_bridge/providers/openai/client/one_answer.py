"""Sends no audio while an answer is owed, for servers that would lose it.

vLLM generates one text at a time. It ignores a commit while it generates, and then throws away the
audio that it has not used. LocalAI cancels a transcription when the next commit arrives, or, in
newer versions, finishes two transcriptions in any order without naming them.
"""

from collections import deque
from typing import Final

from ..messages import ServerMessage
from .dialect import Dialect

__all__ = ["OneAnswerAtATime"]

_FINISH: Final = None


class OneAnswerAtATime:
    """A dialect whose calls wait while the server owes an answer."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._held: deque[bytes | str | None] = deque()  # audio, flush id, None for the finish
        self._held_bytes = 0

    @property
    def waiting_bytes(self) -> int:
        """Size of the audio that was not sent yet."""
        return self._held_bytes + self._dialect.waiting_bytes

    @property
    def owes_answer(self) -> bool:
        """Whether the server has not answered a request for a final text."""
        return self._dialect.owes_answer or bool(self._held)

    def configure(self, *, now: float) -> None:
        """Send the configuration."""
        self._dialect.configure(now=now)

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio, or hold it."""
        self._held.append(pcm)
        self._held_bytes += len(pcm)
        self._release(now=now)

    def flush(self, flush_id: str, *, now: float) -> None:
        """Request a final text, now or after the answer that is owed."""
        self._held.append(flush_id)
        self._release(now=now)

    def finish(self, *, now: float) -> None:
        """Request the last final text, now or after the answer that is owed."""
        self._held.append(_FINISH)
        self._release(now=now)

    def receive(self, message: ServerMessage, *, now: float) -> None:
        """Take a message of the server. An answer releases what was held."""
        self._dialect.receive(message, now=now)
        self._release(now=now)

    def next_timeout(self) -> float | None:
        """Return when to call ``handle_timeout``."""
        return self._dialect.next_timeout()

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due."""
        self._dialect.handle_timeout(now=now)
        self._release(now=now)

    def _release(self, *, now: float) -> None:
        dialect = self._dialect
        while self._held and not dialect.owes_answer:
            match self._held.popleft():
                case bytes() as pcm:
                    self._held_bytes -= len(pcm)
                    dialect.send_audio(pcm, now=now)
                case str() as flush_id:
                    dialect.flush(flush_id, now=now)
                case None:
                    dialect.finish(now=now)
