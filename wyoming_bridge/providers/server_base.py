"""The parts of a server that are the same for all providers."""

from collections.abc import Sequence

from ..audio import PCM_16K_MONO
from ..errors import MediaError
from ..events import FinalText, PartialText
from ..media.container import Container
from .contract import CloseCode, Message
from .serving import Close, Command, Feed

__all__ = ["RefusedSession", "ServerBase"]


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
