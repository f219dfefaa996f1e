"""The server's side of one session, and its record. The module of each service has a subclass."""

from collections import deque
from dataclasses import dataclass, field

from websockets.datastructures import Headers

from .audio import WordReader
from .faults import Close, Json

__all__ = ["Record", "Session"]


@dataclass(kw_only=True)
class Record:
    """The messages and the audio of one connection."""

    path: str
    query: list[tuple[str, str]]
    headers: Headers
    opened_at: float
    """The time at which the connection opened, by the clock of the event loop."""
    closed_at: float | None = None
    messages: list[Json] = field(default_factory=list)
    """The text messages of the client."""
    sent: list[Json] = field(default_factory=list)
    """The messages of the service, before ``Faults.alter``."""
    audio: bytearray = field(default_factory=bytearray)
    """The audio that the service got, as 16 kHz mono s16le."""

    @property
    def audio_ms(self) -> int:
        return len(self.audio) // 32


class Session:
    """The server's side of one session. It does no I/O."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.reader = WordReader()
        self.parameters = dict(record.query)
        self._out: deque[Json | Close] = deque()

    def send(self, message: Json) -> None:
        self._out.append(message)

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        self._out.append(Close(code=code, reason=reason))

    def sendable(self) -> list[Json | Close]:
        """Return the messages that were not returned yet."""
        out, self._out = list(self._out), deque()
        return out

    def is_final(self, message: Json) -> bool:
        """Whether a message is a final text or answers a flush or a commit.

        If a service sends two messages for a commit, only the second counts.
        """
        raise NotImplementedError

    def is_answer(self, message: Json) -> bool:
        """Whether a message belongs to an answer that a fault delays."""
        return self.is_final(message)

    def on_open(self) -> None:
        """Handle the opened websocket."""

    def on_text(self, message: Json) -> None:
        raise NotImplementedError

    def on_binary(self, data: bytes) -> None:
        raise NotImplementedError
