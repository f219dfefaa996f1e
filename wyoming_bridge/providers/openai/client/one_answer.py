"""Holds audio back while the server owes an answer, for servers that would lose the audio.

vLLM generates one text at a time. During a generation it ignores commits, and audio that is unused
at the end of the generation is lost. LocalAI cancels a transcription when the next commit arrives.
Newer versions of LocalAI finish both transcriptions, in any order and without ids.
"""

from collections import deque
from typing import Final

from ..messages import ServerMessage
from .dialect import Dialect

__all__ = ["OneAnswerAtATime"]

_FINISH: Final = None


class OneAnswerAtATime:
    """Wraps a dialect. While the server owes an answer, audio, flushes and the finish wait."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        # What waits: audio, the id of a flush, or None for the finish.
        self._held: deque[bytes | str | None] = deque()
        self._held_bytes = 0

    @property
    def waiting_bytes(self) -> int:
        """The number of bytes of audio that were not sent yet."""
        return self._held_bytes + self._dialect.waiting_bytes

    @property
    def owes_answer(self) -> bool:
        """Whether a final text that was requested has not arrived yet."""
        return self._dialect.owes_answer or bool(self._held)

    def configure(self, *, now: float) -> None:
        """Send the configuration."""
        self._dialect.configure(now=now)

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio, now or after the answer that is owed."""
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
        """Handle a message of the server. After an answer, send what waits."""
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
