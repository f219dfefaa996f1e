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
    """Times the pings of one websocket."""

    def __init__(self, ping: Callable[[], None]) -> None:
        """Begin without pings. ``ping`` sends one."""
        self._ping = ping
        self._loop = asyncio.get_running_loop()
        self._quiet_since = 0.0  # the time of the last ping, or of a message after it
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Send the first ping."""
        self._ping()
        self._pinged(now=self._loop.time())

    def message_received(self, *, at: float) -> None:
        """Note when the service sent a message."""
        self._quiet_since = at

    def joins_audio(self) -> bool:
        """Return whether the caller must send a ping along with audio now."""
        now = self._loop.time()
        if now < self._quiet_since + _QUIET_S:
            return False
        self._pinged(now=now)
        return True

    def stop(self) -> None:
        """Send no more pings."""
        if self._timer:
            self._timer.cancel()

    def _pinged(self, *, now: float) -> None:
        self.stop()
        self._quiet_since = now
        self._timer = self._loop.call_at(now + _QUIET_S + _WITH_AUDIO_S, self._look)

    def _look(self) -> None:
        """Send a ping, unless the service has sent a message since the timer was set."""
        due = self._quiet_since + _QUIET_S + _WITH_AUDIO_S
        if self._loop.time() < due:
            self._timer = self._loop.call_at(due, self._look)
        else:
            self.start()
