"""Ends the audio for a server that detects turns and does not accept a commit.

The client appends silence, so that the server's own detection ends the turn. No message of the
protocol says that the server has examined all audio. A dialect can request such a confirmation if
its server answers all messages in order. Otherwise the audio counts as examined when the server has
made an item after the end of the audio, or has sent no message for ``_NOTHING_AFTER_S``.
"""

from enum import StrEnum
from typing import Final

__all__ = ["SilentEnd"]

_NOTHING_AFTER_S: Final = 1.5
"""The longest time without a message, unless the server hears speech: five times the 300 ms after
which LocalAI, revision 00027e0, examines the audio again."""


class _Speech(StrEnum):
    """What the server has reported about the current turn."""

    NONE = "none"
    """The server has heard no speech since its last item."""
    STARTED = "started"
    STOPPED = "stopped"
    """The item of the speech comes next."""


class SilentEnd:
    """What the server has reported about its turns, and whether it has examined all audio."""

    def __init__(self, *, confirms: bool) -> None:
        """Create the object, before the audio has ended.

        ``confirms`` is whether the server confirms that it has examined all audio.
        """
        self._confirms = confirms
        self._speech = _Speech.NONE
        self._has_ended = False
        self._is_confirmed = False
        self._quiet_since = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether the audio has ended, and the server may still make an item of it."""
        is_examined = self._is_confirmed and self._speech is _Speech.NONE
        return self._has_ended and not is_examined

    def begin(self, *, now: float) -> None:
        """Note that all audio and the silence were sent."""
        self._has_ended = True
        self._quiet_since = now

    def message_received(self, *, now: float) -> None:
        """Note that the server has sent a message."""
        self._quiet_since = now

    def speech_started(self) -> None:
        """Note that the server hears speech."""
        self._speech = _Speech.STARTED

    def speech_stopped(self) -> None:
        """Note that the server no longer hears speech."""
        self._speech = _Speech.STOPPED

    def committed(self) -> None:
        """Note that the server has made an item."""
        self._speech = _Speech.NONE
        if not self._confirms:
            self._is_confirmed = self._has_ended

    def confirmed(self) -> None:
        """Note that the server has examined all audio."""
        self._is_confirmed = self._has_ended

    def next_timeout(self) -> float | None:
        """Return when to stop waiting for an item; None for no limit."""
        may_expire = not self._confirms and self._speech is not _Speech.STARTED
        return self._quiet_since + _NOTHING_AFTER_S if self.is_waiting and may_expire else None

    def handle_timeout(self, *, now: float) -> None:
        """Stop waiting if no message has arrived for ``_NOTHING_AFTER_S``."""
        due = self.next_timeout()
        if due is not None and now >= due:
            self._speech = _Speech.NONE
            self._is_confirmed = True
