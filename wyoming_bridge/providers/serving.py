"""The contract of a provider's server, which is the service's side of a session.

A server does no I/O. The local realtime server calls it with the time in monotonic seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..audio import AudioFormat
from ..errors import MediaError
from ..events import FinalText, PartialText
from ..media.container import Container
from .contract import HttpAnswer, Message

__all__ = [
    "Close",
    "Command",
    "End",
    "EndSegment",
    "Feed",
    "Flush",
    "ServerProtocol",
    "UploadProtocol",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """How the server closes the websocket."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Recognise this audio of the client, in ``audio_format`` or in a container."""

    audio: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """Send a final text of all audio that the client has sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSegment:
    """Send a final text of the audio so far, because the server ends the segment itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Send the last final text, because there is no more audio."""


Command = Feed | Flush | EndSegment | End
"""A command for the engine. The engine answers each one except ``Feed`` with one final text."""


class ServerProtocol(Protocol):
    """The service's side of one session, as the local realtime server runs it."""

    @property
    def audio_format(self) -> AudioFormat:
        """The format of the audio in ``Feed`` commands, unless it is a container."""

    @property
    def containers(self) -> frozenset[Container]:
        """The containers that the client's audio may be in, such as WAV.

        The audio format of a container is in its header.
        """

    @property
    def source_url(self) -> str | None:
        """The address from which the server fetches the audio; None if the client sends it."""

    @property
    def bias_terms(self) -> Sequence[str]:
        """The terms that the engine favours."""

    @property
    def subprotocol(self) -> str | None:
        """The websocket subprotocol to select."""

    @property
    def close(self) -> Close | None:
        """How to close the websocket after the last message; None while the session lasts."""

    @property
    def finals_owed(self) -> int:
        """The number of finals that were requested from the engine and are not sent yet."""

    def open(self, *, now: float) -> None:
        """Begin the session; the websocket has just been opened."""

    def receive_message(self, message: Message, *, now: float) -> None:
        """Read a message of the client. Answer an invalid message with an error."""

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Inspect audio that the engine receives, in ``PCM_16K_MONO``, to find ends of segments."""

    def report(self, result: PartialText | FinalText) -> None:
        """Send a result of the engine.

        There is one final text per ``Flush``, ``EndSegment`` or ``End``, in the same order.
        """

    def fail(self, text: str, *, code: str = "") -> None:
        """Report to the client that the engine failed.

        ``code`` is the engine's or the local server's error code, or empty. The client may get a
        different code, because the emulated service has its own codes. The session ends at once,
        without the finals that were requested.
        """

    def end_idle(self, *, limit_s: float) -> None:
        """End the session, because its client has sent no audio for ``limit_s`` seconds."""

    def source_ended(self) -> None:
        """Take note that the audio of ``source_url`` has ended."""

    def source_failed(self, error: MediaError) -> None:
        """Report to the client that the audio of ``source_url`` cannot be fetched."""

    def next_timeout(self) -> float | None:
        """Return when to call ``handle_timeout``, in monotonic seconds; None for never."""

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due. Called at or after ``next_timeout``."""

    def leave(self, *, now: float) -> None:
        """Release what the session uses: the client is gone, or the session is over."""

    def commands_received(self) -> list[Command]:
        """Return the commands for the engine, in order. Each command is returned once."""

    def messages_to_send(self) -> list[Message]:
        """Return the messages to send now, in order. Each message is returned once."""


class UploadProtocol(ServerProtocol, Protocol):
    """The service's side of a request whose body is the audio."""

    @property
    def answer(self) -> HttpAnswer | None:
        """The answer to the request; None while it is not complete."""

    @property
    def streams(self) -> bool:
        """Whether ``messages_to_send`` are server-sent events, which are sent at once.

        In that case ``answer`` only ends the response. If ``answer`` has a body, the body is an
        error and is sent as the last event.
        """

    def receive_field(self, name: str, value: str) -> None:
        """Read a field of the request's form. Fields may follow the audio."""

    def audio_ended(self) -> None:
        """Take note that the body is complete."""
