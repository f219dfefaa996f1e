"""The service's side of a Reson8 session: the code that all kinds of sessions share."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Final

from ...audio import PCM_16K_MONO
from ...endpointing import Segmenter
from ...errors import ProtocolViolationError
from ...events import FinalText
from ..account import Account
from ..contract import CloseCode, Message
from ..server_base import ServerBase
from ..serving import Close, Feed
from .behaviour import Reson8Behaviour
from .messages import ErrorMessage, FlushRequest
from .query import SessionQuery
from .reader import read_client_message

__all__ = [
    "SHORTEST_MS",
    "VAD_THRESHOLD",
    "Reson8Session",
    "SessionSetup",
    "code_of_failure",
    "new_segmenter",
]

_MAX_FLUSHES: Final = 1000
"""Maximum number of unanswered flushes, far more than a well-behaved client sends."""

_CODES: Final = {"": "INTERNAL_ERROR", "RESOURCE_EXHAUSTED": "TOO_MANY_REQUESTS"}
"""The service's error code for a code of the local server, if the two codes differ."""

_IDLE: Final = "REQUEST_TIMEOUT"
"""The error code for a session without audio. The service's own code is not documented."""

VAD_THRESHOLD: Final = 0.5
"""Audio counts as speech if the detector's probability of speech is at least this."""

SHORTEST_MS: Final = 100
"""The minimum length of speech, and of silence that counts as a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSetup:
    """The values with which the emulator creates a session."""

    query: SessionQuery
    subprotocol: str | None
    """The websocket subprotocol to select."""
    language: str
    """The language of the engine."""
    bias_terms: tuple[str, ...]
    behaviour: Reson8Behaviour
    account: Account
    """What all sessions together have used. The emulator has counted this session already."""


def code_of_failure(code: str) -> str:
    """Return the service's error code for a code of the local server."""
    return _CODES.get(code.upper(), code.upper())


def new_segmenter(*, silence_ms: int) -> Segmenter:
    """Return a segmenter for which speech ends after ``silence_ms`` of silence."""
    return Segmenter(
        speech_threshold=VAD_THRESHOLD,
        min_speech_ms=SHORTEST_MS,
        min_silence_ms=SHORTEST_MS,
        silence_ms=silence_ms,
    )


class Reson8Session(ServerBase):
    """The base class of the servers of one session."""

    def __init__(self, setup: SessionSetup) -> None:
        super().__init__()
        self.audio_format = setup.query.audio_format
        self.containers = setup.query.containers
        self.subprotocol = setup.subprotocol
        self.bias_terms = setup.bias_terms
        self._query = setup.query
        self._language = setup.language
        self._account = setup.account
        self._heard_ms = 0.0
        self._segment_start_ms = 0.0
        self._finals: list[FinalText] = []  # the final texts that are joined in one message

    # The method that each subclass implements.

    @abstractmethod
    def _flush(self, flush: FlushRequest) -> None:
        """Request the final text that answers a flush."""

    # The rest of ``ServerProtocol``.

    def open(self, *, now: float) -> None:
        """Do nothing: the service sends no greeting."""

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read audio or a flush."""
        if self.is_ending:
            return
        if isinstance(message, bytes):
            self.command(Feed(audio=message))
            return
        try:
            flush = read_client_message(message)
        except ProtocolViolationError as err:
            self.write(ErrorMessage(code="INVALID_REQUEST", message=err.message).to_json())
            return
        if self.finals_owed >= _MAX_FLUSHES:
            self._end(
                "INVALID_REQUEST",
                f"at most {_MAX_FLUSHES} unanswered flush requests are allowed",
                close=CloseCode.POLICY_VIOLATION,
            )
            return
        self._flush(flush)

    def fail(self, text: str, *, code: str = "") -> None:
        """End the session, because the engine failed."""
        code = code_of_failure(code)
        self.end_now(
            ErrorMessage(code=code, message=text).to_json(),
            Close(code=CloseCode.INTERNAL_ERROR, reason=code),
        )

    def end_idle(self, *, limit_s: float) -> None:
        """End the session with an error. The service's own time limit is not documented."""
        self._end(_IDLE, f"no audio for {limit_s:g} s", close=CloseCode.NORMAL_CLOSURE)

    def leave(self, *, now: float) -> None:
        """Count the session as ended."""
        self._account.end()

    def _count(self, pcm: bytes) -> None:
        """Count audio that the engine receives."""
        duration_ms = PCM_16K_MONO.duration_ms(len(pcm))
        self._heard_ms += duration_ms
        self._account.audio_s += duration_ms / 1000

    def _end(self, code: str, text: str, *, close: CloseCode) -> None:
        """End the session with an error. The close codes of the service are not documented."""
        self.end(ErrorMessage(code=code, message=text).to_json(), Close(code=close, reason=code))
