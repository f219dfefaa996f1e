"""The contract of a provider's client: what it is fed and drained of, without I/O.

Time comes in as an argument, in monotonic seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from ..audio import AudioFormat
from ..errors import BridgeError
from ..events import SessionEvent, State

__all__ = [
    "Capabilities",
    "ClientProtocol",
    "CloseCode",
    "ConnectRequest",
    "HttpAnswer",
    "HttpRequest",
    "Message",
]


Message = str | bytes
"""One websocket message: text or binary."""


class CloseCode(IntEnum):
    """The close codes of RFC 6455, section 7.4.1, that the services use."""

    NORMAL_CLOSURE = 1000
    """The session has done what it was for."""
    POLICY_VIOLATION = 1008
    """The server does not accept a message, and no other code is more suitable."""
    INTERNAL_ERROR = 1011
    """The server cannot go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a service can do. What it cannot do is refused, not emulated."""

    partials: bool
    """Sends text while somebody is still speaking."""
    flush: bool
    """Sends a final on request while the session goes on."""
    flush_ids: bool
    """Says which request a final answers."""
    word_times: bool
    """Says when each word of a final was spoken."""
    confidence: bool
    """Says how sure it is of each word of a final."""
    stability: bool
    """Says how sure it is that a partial stays as it is."""
    speakers: bool
    """Tells speakers apart."""
    server_vad: bool
    """Can find the end of speech itself, with settings for when that is."""
    url_source: bool
    """Can fetch the audio itself, from an address."""
    bias_terms: int
    """How many terms a session can be biased towards; 0 for none."""
    binary_audio: bool
    """Audio travels as it is; otherwise as base64 in JSON, a third larger."""
    min_flush_ms: int
    """Less audio than this cannot be finalised; 0 where no limit is known."""
    max_segment_ms: int | None
    """Audio that may pass before a final has to be asked for; none where no limit is known."""
    languages: tuple[str, ...]
    """ISO 639-1, those that are known to be served; another one is passed on all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectRequest:
    """How the websocket is to be opened."""

    url: str = field(repr=False)
    """With the query; may hold the token."""
    shown_url: str
    """Without anything secret, for messages and logs."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    subprotocols: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request to the service's REST interface, on the way to a websocket."""

    method: str
    url: str = field(repr=False)
    """With the query; may hold the token."""
    shown_url: str
    """Without anything secret, for messages and logs."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    delay_s: float = 0
    """How long to wait before it is sent: a service that starts is asked now and then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What a service answers over HTTP: to a request, or to an upgrade that it refuses."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


class ClientProtocol(Protocol):
    """The bridge's end of one session."""

    @property
    def audio_format(self) -> AudioFormat:
        """What ``send_audio`` takes: PCM as the service wants it."""

    @property
    def state(self) -> State:
        """Where the session is."""

    @property
    def waiting_bytes(self) -> int:
        """Size of what is to be sent and was not fetched yet."""

    def connect(self) -> ConnectRequest | HttpRequest:
        """What to do next to be connected.

        The caller does it and tells how it went: ``receive_open``, ``receive_answer`` or
        ``receive_failure``. Until the session is open or over it then asks again.
        """

    def receive_open(self, *, now: float) -> None:
        """The websocket is open."""

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Audio in ``audio_format``. Before the service is ready it is kept."""

    def flush(self, flush_id: str, *, now: float) -> None:
        """Ask for a final of what was heard so far; answered by ``FlushDone``.

        Raises:
            LifecycleError: The service cannot flush, or the session was told to finish.
        """

    def finish(self, *, now: float) -> None:
        """No more audio will come; answered by ``Finished``."""

    def receive_message(self, message: Message, *, now: float) -> None:
        """A message came."""

    def receive_close(self, *, code: int | None, reason: str) -> None:
        """The websocket was closed by the service, or broke (``code`` None)."""

    def receive_answer(self, answer: HttpAnswer, *, now: float) -> None:
        """The service answered an ``HttpRequest``."""

    def receive_failure(self, error: BridgeError) -> None:
        """The websocket could not be opened, or the request not be sent."""

    def next_timeout(self) -> float | None:
        """When ``handle_timeout`` wants to be called, in monotonic seconds."""

    def handle_timeout(self, *, now: float) -> None:
        """Time passed; called at or after ``next_timeout``."""

    def messages_to_send(self) -> list[Message]:
        """What is to be sent now, in order. Each message is given once."""

    def events_received(self) -> list[SessionEvent]:
        """What happened, in order. Each event is given once."""
