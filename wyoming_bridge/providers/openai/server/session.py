"""The common part of OpenAI's and vLLM's sides of a session, as the local server runs them."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Final

from ....audio import PCM_16K_MONO
from ....errors import ProtocolViolationError
from ...account import Account
from ...contract import CloseCode, Message
from ...reports import ErrorReport
from ...server_base import ServerBase
from ...serving import Close
from ..behaviour import OpenAIBehaviour
from ..client_messages import ClientMessage, read_client_message
from ..messages import ErrorMessage

__all__ = ["OpenAISession", "SessionSetup", "report_of_failure"]

_CODES: Final = {"resource_exhausted": "rate_limit_exceeded"}
"""The error codes of the local server that OpenAI does not have, with OpenAI's code for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSetup:
    """The values with which an emulator creates a session."""

    language: str
    """The language of the engine."""
    behaviour: OpenAIBehaviour
    account: Account
    """The account in which the emulator has already counted the session."""
    unix_time_s: float = 0.0
    """When the session began, in seconds since 1970."""
    subprotocol: str | None = None
    """The websocket subprotocol to select."""


def report_of_failure(text: str, code: str) -> ErrorReport:
    """Return the report of a failure of the local server, with OpenAI's code for it."""
    return ErrorReport(code=_CODES.get(code, code) or "server_error", message=text)


class OpenAISession(ServerBase):
    """The base class of OpenAI's and vLLM's servers. An object serves one session."""

    audio_format = PCM_16K_MONO

    def __init__(self, setup: SessionSetup) -> None:
        super().__init__()
        self.subprotocol = setup.subprotocol
        self._setup = setup
        self._behaviour = setup.behaviour

    # The hooks of a server.

    @abstractmethod
    def _take(self, message: ClientMessage, *, now: float) -> None:
        """Handle a message of the client.

        Raises:
            ProtocolViolationError: The message is invalid. The session continues.
        """

    @abstractmethod
    def _error(self, error: ErrorMessage) -> str:
        """Return an error message as JSON."""

    @abstractmethod
    def _invalid(self, problem: str, *, event_id: str | None = None) -> ErrorMessage:
        """Return the error for an invalid message. ``event_id`` is the message's id."""

    # The rest of ``ServerProtocol``.

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read a message. An invalid one is answered with an error, and the session continues."""
        if self.is_ending:
            return
        if isinstance(message, bytes):
            problem = "a message must be text, got a binary message"
            self.write(self._error(self._invalid(problem)))
            return
        event_id: str | None = None
        try:
            taken = read_client_message(message)
            event_id = taken.event_id
            self._take(taken, now=now)
        except ProtocolViolationError as err:
            self.write(self._error(self._invalid(err.message, event_id=event_id)))

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Add the duration of the audio to the account."""
        self._setup.account.audio_s += PCM_16K_MONO.duration_ms(len(pcm)) / 1000

    def fail(self, text: str, *, code: str = "") -> None:
        """End the session, because the engine failed."""
        report = report_of_failure(text, code)
        error = ErrorMessage(report=report, kind="server_error")
        self.end_now(self._error(error), Close(code=CloseCode.INTERNAL_ERROR, reason=report.code))

    def end_idle(self, *, limit_s: float) -> None:
        """End the session with OpenAI's error for a session that has lasted too long."""
        report = ErrorReport(code="session_expired", message=f"no audio for {limit_s:g} s")
        error = ErrorMessage(report=report, kind="invalid_request_error")
        self.end(self._error(error), Close(code=CloseCode.NORMAL_CLOSURE, reason=report.code))

    def leave(self, *, now: float) -> None:
        """Count the session as ended."""
        self._setup.account.end()
