"""The contract of a provider: what both ends are fed and drained of, without I/O.

Time comes in as an argument, in monotonic seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final as Constant
from typing import Protocol

from ..audio import AudioFormat, Encoding
from ..errors import BridgeError
from ..events import Final, Partial, SessionEvent, State

__all__ = [
    "SERVICE_FORMAT",
    "Capabilities",
    "ClientProtocol",
    "Close",
    "Command",
    "ConnectRequest",
    "End",
    "Feed",
    "Flush",
    "HandshakeRequest",
    "Message",
    "Refusal",
    "ServerProtocol",
]

SERVICE_FORMAT: Constant = AudioFormat(
    encoding=Encoding.PCM_S16LE, sample_rate_hz=16000, channels=1
)
"""What our clients send to every service: all three take it, and it is what satellites record."""

Message = str | bytes
"""One websocket message: text or binary."""


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
    confidence: bool
    """Per word."""
    stability: bool
    """Per partial."""
    speakers: bool
    server_vad: bool
    """Can find the end of speech itself."""
    bias_terms: int
    """How many terms a session can be biased towards; 0 for none."""
    binary_audio: bool
    """Audio travels as it is; otherwise as base64 in JSON, a third larger."""
    min_flush_ms: int
    """Less audio than this cannot be finalised."""
    max_segment_ms: int | None
    """Audio that may pass without a final; None where no limit is known."""
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


class ClientProtocol(Protocol):
    """The bridge's end of one session."""

    @property
    def state(self) -> State:
        """Where the session is."""

    @property
    def waiting_bytes(self) -> int:
        """Size of what is to be sent and was not fetched yet."""

    def connect(self) -> ConnectRequest:
        """Begin; the caller opens the websocket."""

    def receive_open(self, *, now: float) -> None:
        """The websocket is open."""

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Audio in ``SERVICE_FORMAT``. Before the service is ready it is kept."""

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

    def receive_failure(self, error: BridgeError) -> None:
        """The websocket could not be opened."""

    def next_timeout(self) -> float | None:
        """When ``handle_timeout`` wants to be called, in monotonic seconds."""

    def handle_timeout(self, *, now: float) -> None:
        """Time passed; called at or after ``next_timeout``."""

    def messages_to_send(self) -> list[Message]:
        """What is to be sent now, in order. Each message is given once."""

    def events_received(self) -> list[SessionEvent]:
        """What happened, in order. Each event is given once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeRequest:
    """What a client asks for when it opens a websocket to our server."""

    query: Mapping[str, Sequence[str]] = field(repr=False)
    """Decoded; a name may be repeated."""
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false; false where it is absent.

        Raises:
            ValueError: It is something else.
        """
        value = (self.first(name) or "false").lower()
        if value not in {"true", "false"}:
            raise ValueError(f"{name}: allowed is true or false")
        return value == "true"

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The upgrade is answered with an HTTP status instead of a websocket."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The server ends the websocket."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The client's audio, in the server's ``audio_format``."""

    audio: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """The client wants a final; the engine must answer each with one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The client is done: a final, then the end of the session."""


Command = Feed | Flush | End
"""What a client tells the engine behind our server."""


class ServerProtocol(Protocol):
    """The service's end of one session, as the local realtime server plays it."""

    @property
    def audio_format(self) -> AudioFormat:
        """Of the ``Feed`` commands."""

    @property
    def accepts_wav(self) -> bool:
        """Whether the audio may come as a WAV stream instead, which says its own format."""

    @property
    def subprotocol(self) -> str | None:
        """The websocket subprotocol to select."""

    @property
    def close(self) -> Close | None:
        """Set when the session is over: send what is to be sent, then close."""

    def open(self) -> None:
        """The websocket is open."""

    def receive_message(self, message: Message) -> None:
        """A message came; one that the protocol does not allow is answered, never raised."""

    def report(self, result: Partial | Final) -> None:
        """The engine heard something. Finals come one a ``Flush`` or ``End``, in order."""

    def fail(self, text: str) -> None:
        """The engine failed: tell the client the service's way."""

    def commands_received(self) -> list[Command]:
        """What the engine is to do, in order. Each command is given once."""

    def messages_to_send(self) -> list[Message]:
        """What is to be sent now, in order. Each message is given once."""
