"""The contract of a provider's server, which is the service's side of a session.

A server does no I/O. The local realtime server calls it with the time in monotonic seconds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from ..audio import PCM_16K_MONO, AudioFormat
from ..errors import MediaError
from ..events import FinalText, PartialText
from ..media.container import Container
from ..options import shown
from .contract import CloseCode, HttpAnswer, Message

__all__ = [
    "Close",
    "Command",
    "End",
    "EndSegment",
    "Feed",
    "Flush",
    "RefusedSession",
    "ServerBase",
    "ServerProtocol",
    "ServerRequest",
    "UploadProtocol",
]


_MAX_DIGITS: Final = 9
"""Maximum number of digits of a whole number, more than any parameter needs. Without this limit,
``int`` would raise its own error for a number of thousands of digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRequest:
    """A client's HTTP request: a websocket upgrade or an ordinary request."""

    query: Mapping[str, Sequence[str]] = field(repr=False)
    """The decoded parameters. A parameter may have several values."""
    headers: Mapping[str, str] = field(repr=False)
    """The headers, with names in lower case."""
    path_parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The named parts of the path, such as the token in ``/v2/client/{token}``."""
    body: str = field(default="", repr=False)
    unix_time_s: float = 0.0
    """When the request arrived, in seconds since 1970, for answers that contain a date."""
    problem: str | None = field(default=None, repr=False)
    """The problem that the emulator's ``preparation`` found; an empty text if it found no problem.
    None if there was no preparation."""

    def first(self, name: str) -> str | None:
        """Return the first value of a query parameter; None if it is missing."""
        values = self.query.get(name)
        return values[0] if values else None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a query parameter that is true or false.

        Raises:
            ValueError: The value is neither of these. The message says what is allowed.
        """
        value = self.first(name)
        if value is None:
            return default
        if value.lower() not in {"true", "false"}:
            raise ValueError(f"{name}: must be true or false, got {shown(value)}")
        return value.lower() == "true"

    def number(
        self, name: str, default: float, *, minimum: float, maximum: float = math.inf
    ) -> float:
        """Return a query parameter that is a finite number within a range.

        Raises:
            ValueError: The value is not such a number. The message says what is allowed.
        """
        value = self.first(name)
        if value is None:
            return default
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not (math.isfinite(number) and minimum <= number <= maximum):
            is_open = maximum == math.inf
            allowed = f"of at least {minimum:g}" if is_open else f"from {minimum:g} to {maximum:g}"
            raise ValueError(f"{name}: must be a number {allowed}, got {shown(value)}")
        return number

    def whole(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """Return a query parameter that is a whole number within a range.

        Raises:
            ValueError: The value is not such a number. The message says what is allowed.
        """
        value = self.first(name)
        if value is None:
            return default
        is_whole = value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
        if not (is_whole and minimum <= int(value) <= maximum):
            raise ValueError(
                f"{name}: must be a whole number from {minimum} to {maximum}, got {shown(value)}"
            )
        return int(value)

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """Return a query parameter that is one of ``choices``.

        Raises:
            ValueError: The value is not one of these. The message says what is allowed.
        """
        value = self.first(name) or default
        if value not in choices:
            raise ValueError(f"{name}: must be {' or '.join(choices)}, got {shown(value)}")
        return value

    def listed(self, name: str) -> tuple[str, ...]:
        """Return the entries of a comma-separated parameter, without empty entries."""
        entries = (each.strip() for value in self.query.get(name, ()) for each in value.split(","))
        return tuple(each for each in entries if each)


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


class ServerBase:
    """The base class of all servers.

    A session that ends because of an invalid message or a limit first sends the finals that were
    requested. Then it sends the error and closes.
    """

    containers: frozenset[Container] = frozenset()
    source_url: str | None = None
    bias_terms: Sequence[str] = ()
    subprotocol: str | None = None

    def __init__(self) -> None:
        self.close: Close | None = None
        self.finals_owed = 0
        self._commands: list[Command] = []
        self._messages: list[Message] = []
        self._last: tuple[Message | None, Close] | None = None

    # The hooks of a provider.

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Do nothing. A service that ends segments itself overrides this."""

    def source_ended(self) -> None:
        """Do nothing. A service that fetches audio overrides this."""

    def source_failed(self, error: MediaError) -> None:
        """Do nothing. A service that fetches audio overrides this."""

    def next_timeout(self) -> float | None:
        """Return None. A service with timeouts overrides this."""
        return None

    def handle_timeout(self, *, now: float) -> None:
        """Do nothing. A service with timeouts overrides this."""

    def leave(self, *, now: float) -> None:
        """Do nothing. A service that counts its sessions overrides this."""

    def end_idle(self, *, limit_s: float) -> None:
        """Close without an error. A service that reports one overrides this."""
        self.end(None, Close(code=CloseCode.NORMAL_CLOSURE))

    # Methods that the provider's class calls.

    def write(self, message: Message) -> None:
        """Queue a message for the client."""
        self._messages.append(message)

    def command(self, command: Command) -> None:
        """Queue a command for the engine."""
        if not isinstance(command, Feed):
            self.finals_owed += 1
        self._commands.append(command)

    def final_sent(self) -> None:
        """Take note that a final has been sent. An ending session closes after the last final."""
        self.finals_owed = max(0, self.finals_owed - 1)
        if self._last and not self.finals_owed:
            self.end_now(*self._last)

    @property
    def is_ending(self) -> bool:
        """Whether the session accepts no more messages and audio."""
        return self.close is not None or self._last is not None

    def end(self, message: Message | None, close: Close) -> None:
        """End the session after the requested finals were sent."""
        if self.is_ending:
            return
        if self.finals_owed:
            self._last = (message, close)
        else:
            self.end_now(message, close)

    def end_now(self, message: Message | None, close: Close) -> None:
        """End the session at once, with a last message."""
        if self.close:
            return
        if message is not None:
            self.write(message)
        self.close = close

    # The rest of ``ServerProtocol``.

    def commands_received(self) -> list[Command]:
        """Return the commands for the engine, in order. Each command is returned once."""
        commands, self._commands = self._commands, []
        return commands

    def messages_to_send(self) -> list[Message]:
        """Return the messages to send now, in order. Each message is returned once."""
        messages, self._messages = self._messages, []
        return messages


class RefusedSession(ServerBase):
    """A session that is accepted only to send an error, and is then closed.

    Browsers cannot read the HTTP response to a refused upgrade.
    """

    audio_format = PCM_16K_MONO

    def __init__(self, message: Message, *, close: Close) -> None:
        super().__init__()
        self._message = message
        self._close = close

    def open(self, *, now: float) -> None:
        """Send the error and close."""
        self.write(self._message)
        self.close = self._close

    def receive_message(self, message: Message, *, now: float) -> None:
        """Ignore the message."""

    def report(self, result: PartialText | FinalText) -> None:
        """Do nothing, because no audio reaches the engine."""

    def fail(self, text: str, *, code: str = "") -> None:
        """Do nothing, because the error has been sent."""

    def end_idle(self, *, limit_s: float) -> None:
        """Do nothing, because the session has ended."""
