"""The interface of the object that handles the events of a connection."""

from typing import Protocol

from .wire import WireEvent

__all__ = ["EventHandler"]


class EventHandler(Protocol):
    """The handler of a connection's events."""

    def accepts(self, event: WireEvent) -> bool:
        """Return whether ``handle`` may be called with the event now.

        If not, the handler calls the connection's ``resume`` as soon as it can.
        """

    @property
    def wants_audio_now(self) -> bool:
        """Whether audio should be read as soon as it arrives."""

    def handle(self, event: WireEvent) -> None:
        """Handle an event."""

    def lost(self) -> None:
        """Note that the client is gone."""
