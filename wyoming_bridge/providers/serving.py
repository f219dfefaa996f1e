"""The service's end of a provider: what it is fed and drained of, without I/O.

The local realtime server runs these. Time comes in as an argument, in monotonic seconds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from ..audio import PCM_16K_MONO, AudioFormat
from ..errors import MediaError
from ..events import FinalText, PartialText
from ..media.container import Container
from .contract import Message

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
]


_MAX_DIGITS: Final = 9
"""No parameter is larger, and Python refuses to read numbers of thousands of digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRequest:
    """What a client asks for over HTTP: a websocket, or an answer."""

    query: Mapping[str, Sequence[str]] = field(repr=False)
    """Decoded; a name may be repeated."""
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    place: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The parts of the path that its pattern names, as the token in ``/v2/client/{token}``."""
    body: str = field(default="", repr=False)

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A query parameter that is true or false.

        Raises:
            ValueError: It is something else.
        """
        value = self.first(name)
        if value is None:
            return default
        if value.lower() not in {"true", "false"}:
            raise ValueError(f"{name}: allowed is true or false")
        return value.lower() == "true"

    def number(
        self, name: str, default: float, *, minimum: float, maximum: float = math.inf
    ) -> float:
        """A query parameter that is a finite number within a range.

        Raises:
            ValueError: It is something else.
        """
        value = self.first(name)
        if value is None:
            return default
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not (math.isfinite(number) and minimum <= number <= maximum):
            to = "" if maximum == math.inf else f" to {maximum:g}"
            raise ValueError(f"{name}: allowed is a number from {minimum:g}{to}")
        return number

    def whole(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """A query parameter that is a whole number within a range.

        Raises:
            ValueError: It is something else.
        """
        value = self.first(name)
        if value is None:
            return default
        is_whole = value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
        if not (is_whole and minimum <= int(value) <= maximum):
            raise ValueError(f"{name}: allowed is a whole number from {minimum} to {maximum}")
        return int(value)

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """A query parameter that is one of some words.

        Raises:
            ValueError: It is another one.
        """
        value = self.first(name) or default
        if value not in choices:
            raise ValueError(f"{name}: allowed is {' or '.join(choices)}")
        return value

    def listed(self, name: str) -> tuple[str, ...]:
        """The entries of query parameters that are lists with commas, those that are not empty."""
        entries = (each.strip() for value in self.query.get(name, ()) for each in value.split(","))
        return tuple(each for each in entries if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The server ends the websocket."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The client's audio, in the server's ``audio_format`` or in a container."""

    audio: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """The client wants a final of all that it sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSegment:
    """The server ends a segment by itself: a final of what was heard so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The audio is over: a final, then the end of the session."""


Command = Feed | Flush | EndSegment | End
"""What the engine behind our server is to do; each but ``Feed`` is answered by one final."""


class ServerProtocol(Protocol):
    """The service's end of one session, as the local realtime server plays it."""

    @property
    def audio_format(self) -> AudioFormat:
        """Of the ``Feed`` commands, unless they are a container."""

    @property
    def containers(self) -> frozenset[Container]:
        """In which the audio may come instead; a container says its own format."""

    @property
    def source_url(self) -> str | None:
        """Where the audio is fetched, in place of the client's."""

    @property
    def bias_terms(self) -> Sequence[str]:
        """What the engine should rather hear."""

    @property
    def subprotocol(self) -> str | None:
        """The websocket subprotocol to select."""

    @property
    def close(self) -> Close | None:
        """Set when the session is over: send what is to be sent, then close."""

    def open(self, *, now: float) -> None:
        """The websocket is open."""

    def receive_message(self, message: Message, *, now: float) -> None:
        """A message came; one that the protocol does not allow is answered, never raised."""

    def hear(self, pcm: bytes, *, now: float) -> None:
        """The audio as the engine hears it, 16 kHz s16le mono: where a service segments."""

    def report(self, result: PartialText | FinalText) -> None:
        """The engine heard something. Finals come one a ``Flush``, ``Cut`` or ``End``, in order."""

    def fail(self, text: str, *, code: str = "") -> None:
        """The engine failed: tell the client the service's way, with its name for the error."""

    def source_ended(self) -> None:
        """The audio of ``source_url`` is over."""

    def source_failed(self, error: MediaError) -> None:
        """The audio of ``source_url`` cannot be had."""

    def next_timeout(self) -> float | None:
        """When ``handle_timeout`` wants to be called, in monotonic seconds."""

    def handle_timeout(self, *, now: float) -> None:
        """Time passed; called at or after ``next_timeout``."""

    def leave(self, *, now: float) -> None:
        """The client is gone, or the session is over."""

    def commands_received(self) -> list[Command]:
        """What the engine is to do, in order. Each command is given once."""

    def messages_to_send(self) -> list[Message]:
        """What is to be sent now, in order. Each message is given once."""


class ServerBase:
    """The part of a server that is the same for every provider."""

    containers: frozenset[Container] = frozenset()
    source_url: str | None = None
    bias_terms: Sequence[str] = ()
    subprotocol: str | None = None

    def __init__(self) -> None:
        self.close: Close | None = None
        self._commands: list[Command] = []
        self._messages: list[Message] = []

    # What a provider may fill in.

    def hear(self, pcm: bytes, *, now: float) -> None:
        """Segment nothing."""

    def source_ended(self) -> None:
        """Nothing is fetched."""

    def source_failed(self, error: MediaError) -> None:
        """Nothing is fetched."""

    def next_timeout(self) -> float | None:
        """Nothing is due."""
        return None

    def handle_timeout(self, *, now: float) -> None:
        """Do nothing."""

    def leave(self, *, now: float) -> None:
        """Nothing is kept beyond the session."""

    # What a provider uses.

    def write(self, message: Message) -> None:
        """Put a message into the queue."""
        self._messages.append(message)

    def command(self, command: Command) -> None:
        """Put a command for the engine into the queue."""
        self._commands.append(command)

    # The rest of ``ServerProtocol``.

    def commands_received(self) -> list[Command]:
        """What the engine is to do, in order. Each command is given once."""
        commands, self._commands = self._commands, []
        return commands

    def messages_to_send(self) -> list[Message]:
        """What is to be sent now, in order. Each message is given once."""
        messages, self._messages = self._messages, []
        return messages


class RefusedSession(ServerBase):
    """A socket that was accepted to say what is wrong, and is closed.

    Browsers cannot read the answer to a refused upgrade.
    """

    audio_format = PCM_16K_MONO

    def __init__(self, message: Message, *, close: Close) -> None:
        super().__init__()
        self._message = message
        self._close = close

    def open(self, *, now: float) -> None:
        """Say it."""
        self.write(self._message)
        self.close = self._close

    def receive_message(self, message: Message, *, now: float) -> None:
        """Hear nothing."""

    def report(self, result: PartialText | FinalText) -> None:
        """Nothing was heard."""

    def fail(self, text: str, *, code: str = "") -> None:
        """It has failed already."""
