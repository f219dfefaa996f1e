"""What a client has to send, and what waits until the service is ready."""

from .contract import Message

__all__ = ["Outgoing"]


class Outgoing:
    """The messages of a client that its caller fetches, and the input that waits.

    An input is audio, the id of a flush, or None for the finish.
    """

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._message_bytes = 0
        self._waiting: list[bytes | str | None] = []
        self._waiting_bytes = 0

    @property
    def size(self) -> int:
        """The number of bytes in messages and in waiting audio."""
        return self._message_bytes + self._waiting_bytes

    @property
    def has_finish(self) -> bool:
        """Whether the finish waits."""
        return None in self._waiting

    def write(self, message: Message) -> None:
        """Queue a message for the service."""
        self._messages.append(message)
        self._message_bytes += len(message)

    def keep(self, waiting: bytes | str | None) -> None:
        """Keep an input until the service is ready."""
        self._waiting.append(waiting)
        if isinstance(waiting, bytes):
            self._waiting_bytes += len(waiting)

    def take_messages(self) -> list[Message]:
        """Return the messages, in order. Each message is returned once."""
        messages, self._messages = self._messages, []
        self._message_bytes = 0
        return messages

    def take_waiting(self) -> list[bytes | str | None]:
        """Return the inputs that waited, in order, because the service is ready."""
        waiting, self._waiting = self._waiting, []
        self._waiting_bytes = 0
        return waiting

    def clear(self) -> None:
        """Forget everything, because the session has failed."""
        self.take_messages()
        self.take_waiting()
