"""The contract of a provider's client, which does no I/O.

The caller passes in what happened, with the time in monotonic seconds. Then it fetches the messages
to send and the events.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Protocol, Self

from ..audio import AudioFormat
from ..capabilities import Capabilities
from ..errors import BridgeError
from ..events import SessionEvent, State

__all__ = [
    "OPEN_TIMEOUT_S",
    "ClientProtocol",
    "CloseCode",
    "ConnectRequest",
    "HttpAnswer",
    "HttpRequest",
    "Message",
    "Unreadable",
]


Message = str | bytes
"""One websocket message: text or binary."""


OPEN_TIMEOUT_S: Final = 15.0
"""The longest time to open a websocket. Scriptix closes a connection that has not become a
websocket after 15 s."""


class CloseCode(IntEnum):
    """The close codes of RFC 6455, section 7.4.1, that the services use."""

    NORMAL_CLOSURE = 1000
    """The session is complete."""
    POLICY_VIOLATION = 1008
    """The server does not accept a message, and no other code is more suitable."""
    INTERNAL_ERROR = 1011
    """The server cannot continue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectRequest:
    """How to open the websocket."""

    url: str = field(repr=False)
    """The URL with the query. It may contain the token."""
    shown_url: str
    """The URL without secrets, for errors and logs."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    subprotocols: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request to the service's REST interface, before the websocket is opened."""

    method: str
    url: str = field(repr=False)
    """The URL with the query. It may contain the token."""
    shown_url: str
    """The URL without secrets, for errors and logs."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str = field(default="", repr=False)
    """The body of the request. It may contain a secret."""
    delay_s: float = 0
    """How long to wait before sending the request. It is the interval at which a service that is
    starting is polled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """A service's HTTP response to a request, or to a refused websocket upgrade."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    @classmethod
    def received(cls, *, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Self:
        """Return a response that was received.

        The names of its headers become lower case. Headers with the same name are joined, such as
        the challenges of ``WWW-Authenticate``.
        """
        joined: dict[str, str] = {}
        for name, value in headers:
            key = name.lower()
            joined[key] = f"{joined[key]}, {value}" if key in joined else value
        return cls(status=status, headers=joined, body=body.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A message of the service whose kind is known, but whose content cannot be read."""

    why: str
    """What is wrong with the content."""
    is_final: bool
    """Whether the message is a final text, or may be one. Final texts must not be skipped."""


class ClientProtocol(Protocol):
    """The bridge's side of one session."""

    @property
    def audio_format(self) -> AudioFormat:
        """The format that ``send_audio`` requires."""

    @property
    def capabilities(self) -> Capabilities:
        """What the session can do.

        If that depends on the server, it is known only when ``SessionStarted`` is reported.
        """

    @property
    def state(self) -> State:
        """The session's state. The service accepts audio in ``LISTENING`` and ``CONNECTED``."""

    @property
    def waiting_bytes(self) -> int:
        """The number of bytes that the caller has not fetched yet: messages and waiting audio."""

    def connect(self) -> ConnectRequest | HttpRequest:
        """Return the next request that is needed to open the websocket.

        The caller sends the request and reports the outcome with ``receive_open``,
        ``receive_answer`` or ``receive_failure``. It repeats this until the websocket is open or
        the session is over.
        """

    def receive_open(self, *, now: float) -> None:
        """Take note that the websocket is open."""

    def send_audio(self, pcm: bytes, *, now: float) -> None:
        """Send audio in ``audio_format``.

        Audio before ``SessionStarted`` is kept and sent when the service is ready. A caller that
        buffers the audio itself should wait for that event, so that the audio is not in memory
        twice.

        Raises:
            LifecycleError: ``finish`` was called before, or the session is over.
        """

    def flush(self, flush_id: str, *, now: float) -> None:
        """Request a final text of the audio so far. ``FlushDone`` is reported after that text.

        A flush before ``SessionStarted`` is sent when the service is ready, after the kept audio.
        If the server that answered cannot flush, the flush is dropped with a warning: no
        ``FlushDone`` is reported for it, because none of its audio has a final text.

        Raises:
            LifecycleError: The service cannot flush, ``finish`` was called before, or the session
                is over.
        """

    def finish(self, *, now: float) -> None:
        """End the audio. ``Finished`` is reported after the last final text.

        Before ``SessionStarted``, the request is kept and sent after the kept audio.

        Raises:
            LifecycleError: ``finish`` was called before, or the session is over.
        """

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read a message of the service."""

    def receive_close(self, *, code: int | None, reason: str) -> None:
        """Take note that the websocket is closed. ``code`` is None if the connection broke."""

    def receive_answer(self, answer: HttpAnswer, *, now: float) -> None:
        """Read the response to an ``HttpRequest``."""

    def receive_failure(self, error: BridgeError) -> None:
        """Take note that the websocket could not be opened, or the request could not be sent."""

    def next_timeout(self) -> float | None:
        """Return when to call ``handle_timeout``, in monotonic seconds; None for never."""

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due. Called at or after ``next_timeout``."""

    def messages_to_send(self) -> list[Message]:
        """Return the messages to send now, in order. Each message is returned once."""

    def events_received(self) -> list[SessionEvent]:
        """Return what happened, in order. Each event is returned once."""
