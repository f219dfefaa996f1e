"""The interfaces between the client and its dialect, and the error for a server's message."""

from typing import Protocol

from ....errors import BridgeError, RemoteError, ServiceError, one_line
from ....events import SessionEvent
from ...contract import Message
from ...reports import kind_of
from ..messages import ErrorMessage, ItemFailed, ServerMessage
from ..protocol import PROVIDER

__all__ = ["Dialect", "Session", "error_of"]


class Session(Protocol):
    """The parts of the client that a dialect uses."""

    def write(self, message: Message) -> None:
        """Queue a message for the server."""

    def report(self, event: SessionEvent) -> None:
        """Queue an event for the caller."""

    def ready(self, *, now: float, session_id: str | None = None) -> None:
        """Report that the server accepts audio."""

    def finished(self) -> None:
        """Report that the server has sent all results."""

    def fail(self, error: BridgeError) -> None:
        """Report that the session failed."""


class Dialect(Protocol):
    """The client's side of one session in one dialect. Audio is ``PCM_16K_MONO``."""

    @property
    def waiting_bytes(self) -> int:
        """The number of bytes of audio that the dialect has not sent yet."""

    @property
    def owes_answer(self) -> bool:
        """Whether a final text that was requested has not arrived yet."""

    def configure(self, *, now: float) -> None:
        """Send the configuration, after the server's first message."""

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio."""

    def flush(self, flush_id: str, *, now: float) -> None:
        """Request a final text of the audio so far."""

    def finish(self, *, now: float) -> None:
        """Request the last final text."""

    def receive(self, message: ServerMessage, *, now: float) -> None:
        """Handle a message of the server. Messages of other dialects are ignored."""

    def next_timeout(self) -> float | None:
        """Return when to call ``handle_timeout``, in monotonic seconds; None for never."""

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due."""


def error_of(
    message: ErrorMessage | ItemFailed, *, otherwise: type[RemoteError] = ServiceError
) -> RemoteError:
    """Return the error for a message. Its code and text decide the class.

    If the code and the text are unknown, the class is ``otherwise``.
    """
    report = message.report
    kind = kind_of(report) or otherwise
    return kind(
        report.text or "the server sent an error without a text",
        provider=PROVIDER,
        retry_after_s=report.retry_after_s,
        service_code=one_line(report.code),
    )
