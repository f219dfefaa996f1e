"""A connection that only notes what is done with it."""

from collections.abc import Callable

__all__ = ["Tcp"]


class Tcp:
    """The connection of a client of the local server, without a socket."""

    def __init__(self) -> None:
        self.on_data: Callable[[int], None] | None = None
        self.is_paused = False
        self.is_dropped = False

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False

    def drop(self) -> None:
        self.is_dropped = True

    def receive(self, size: int) -> None:
        """Receive data from the client, as far as the connection is read."""
        assert not self.is_paused
        assert self.on_data is not None
        self.on_data(size)
