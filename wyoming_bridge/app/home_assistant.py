"""What a bridge does with Home Assistant: it reads the names of the house, and announces its app.

A bridge that does neither does not load this module.
"""

import socket
from collections.abc import Callable

from ..config import Config
from ..home.announcing import AnnouncedBridge, AppAnnouncer
from ..home.watch import HomeWatch
from ..house import House
from ..server import Bound

__all__ = ["HomeAssistantLinks"]


class HomeAssistantLinks:
    """The announcement of the app, and the watch on the names of the house, if configured."""

    def __init__(self, config: Config, place: Bound, *, on_house: Callable[[House], None]) -> None:
        """Create the links without starting them.

        Home Assistant connects to ``place``. ``on_house`` is called with the house when its names
        have changed.
        """
        announcer = _new_app_announcer(config, place)
        watch = _new_home_watch(config, on_change=on_house)
        self._all = [each for each in (announcer, watch) if each]

    def start(self) -> None:
        """Begin to announce and to watch."""
        for each in self._all:
            each.start()

    async def stop(self) -> None:
        """Stop both. A second call does nothing."""
        for each in self._all:
            await each.stop()


def _new_home_watch(config: Config, *, on_change: Callable[[House], None]) -> HomeWatch | None:
    """Return the watch on the names of the house, or None without a Home Assistant."""
    if config.home_assistant is None:
        return None
    return HomeWatch(config.home_assistant, own=config.house, on_change=on_change)


def _new_app_announcer(config: Config, place: Bound) -> AppAnnouncer | None:
    """Return the announcer of the bridge to Home Assistant.

    Return None if the bridge is not an app of the Supervisor, or has no id.
    """
    if config.supervisor is None or place.listener.id is None:
        return None
    bridge = AnnouncedBridge(
        host=socket.gethostname(),  # Home Assistant can resolve a container's name
        port=place.port,
        id=place.listener.id,
        token=config.access.token,
    )
    return AppAnnouncer(config.supervisor, bridge)
