"""Times the pings to a service that sends nothing, which show whether it can still be reached."""

import asyncio
from collections.abc import Callable
from typing import Final

__all__ = ["Pinger"]

_QUIET_S: Final = 0.5
"""How long the service may send nothing before it gets a ping."""

_WITH_AUDIO_S: Final = 0.1
"""How much longer a ping waits for audio, to be sent in the same write. While the user speaks,
audio is sent every 0.1 s, so no ping needs a write or a wake-up of its own. Both cost more CPU time
than the ping itself."""


class Pinger:
    """Times the pings of one websocket.

    After a ping, the next one is due at a multiple of ``_QUIET_S`` of the event loop's clock. So
    the pings of all websockets are sent at the same moments, and the event loop wakes up once for
    many answers.
    """

    def __init__(self, ping: Callable[[], None]) -> None:
        """Begin without pings. ``ping`` sends one."""
        self._ping = ping
        self._loop = asyncio.get_running_loop()
        self._due = 0.0  # when the next ping is due, unless a message arrives before
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Send the first ping."""
        self._ping()
        self._pinged(now=self._loop.time())

    def message_received(self, *, at: float) -> None:
        """Note when the service sent a message."""
        self._due = at + _QUIET_S

    def joins_audio(self, *, now: float) -> bool:
        """Return whether the caller must send a ping along with audio now."""
        if now < self._due:
            return False
        self._pinged(now=now)
        return True

    def stop(self) -> None:
        """Send no more pings."""
        if self._timer:
            self._timer.cancel()

    def _pinged(self, *, now: float) -> None:
        self.stop()
        self._due = (now // _QUIET_S + 1) * _QUIET_S
        self._set_timer()

    def _set_timer(self) -> None:
        self._timer = self._loop.call_at(self._due + _WITH_AUDIO_S, self._look)

    def _look(self) -> None:
        """Send a ping, unless the service has sent a message since the timer was set."""
        if self._loop.time() < self._due + _WITH_AUDIO_S:
            self._set_timer()
        else:
            self.start()
